package dev.halftone.server.control;

import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.notify.CommandCall;
import dev.halftone.server.notify.HookAsking;
import dev.halftone.server.notify.HookCall;
import dev.halftone.server.notify.HookCall.Answer;
import dev.halftone.server.notify.HookCall.Question;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Asks webhooks and commands; one client for each that was ever asked. Control thread only; answers come on others. */
final class HookCaller implements AutoCloseable {
    private final Map<Call, HookAsking> known = new HashMap<>();
    private final ExecutorService commands = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "halftone-command");
        thread.setDaemon(true);
        return thread;
    });

    /** Never blocks, never fails. */
    CompletableFuture<Answer> ask(Call call, Question question, long nowMillis) {
        return known.computeIfAbsent(call, this::asking).ask(question, nowMillis);
    }

    private HookAsking asking(Call call) {
        return call instanceof Call.Program program
                ? new CommandCall(program.command(), commands)
                : new HookCall(((Call.Webhook) call).hook());
    }

    /**
     * What an answer means for the release.
     *
     * @param isLast whether the hook's time is over, so that one more wait is too many
     */
    static RolloutEvent event(String release, String gate, Answer said, Hook hook, boolean isLast) {
        if (said instanceof Answer.Go) {
            return new GateOpened(release, gate);
        }
        if (said instanceof Answer.Fail fail) {
            return new GateFailed(release, gate, fail.why());
        }
        String why = ((Answer.Wait) said).why();
        return isLast
                ? new GateFailed(release, gate, why + ", and " + hook.within().toSeconds() + " s are over")
                : new GateWaits(release, gate, why);
    }

    /** Kills the commands that run. */
    @Override
    public void close() {
        commands.shutdownNow();
    }
}
