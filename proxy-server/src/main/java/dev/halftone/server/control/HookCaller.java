package dev.halftone.server.control;

import dev.halftone.server.config.RolloutSettings.Call;
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

    /** Kills the commands that run. */
    @Override
    public void close() {
        commands.shutdownNow();
    }
}
