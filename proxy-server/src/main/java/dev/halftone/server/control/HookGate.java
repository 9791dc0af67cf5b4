package dev.halftone.server.control;

import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.notify.HookCall.Question;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Asks the hooks between steps, again and again while they say wait, and for good once their time is over. What was asked before a
 * restart is asked again. Control thread only; answers come on others.
 */
final class HookGate implements OutsideGates, AutoCloseable {
    private final Answers answers;
    private final HookCaller caller = new HookCaller();
    private final Map<String, Round> rounds = new HashMap<>();

    HookGate(Answers answers) {
        this.answers = answers;
    }

    /** The last time that a route's hook was asked. */
    private record Round(String release, String gate, long sinceMillis, long askedMillis, CompletableFuture<?> answer) {
        boolean isOf(Waiting waiting) {
            return release.equals(waiting.release())
                    && gate.equals(waiting.gate())
                    && sinceMillis == waiting.sinceMillis();
        }
    }

    @Override
    public void attend(Waiting waiting, long nowMillis) {
        Hook hook = waiting.rollout().hook(waiting.gate());
        if (hook == null || !isDue(rounds.get(waiting.route()), waiting, hook, nowMillis)) {
            return;
        }
        boolean isLast = nowMillis - waiting.sinceMillis() >= hook.within().toMillis();
        Question question = new Question(
                waiting.route(),
                waiting.release(),
                hook.when(),
                waiting.step(),
                waiting.ratio().percent().doubleValue());
        CompletableFuture<?> answer = caller.ask(hook.call(), question, nowMillis)
                .thenAccept(said -> answers.accept(
                        waiting.route(), HookCaller.event(waiting.release(), waiting.gate(), said, hook, isLast)));
        rounds.put(
                waiting.route(),
                new Round(waiting.release(), waiting.gate(), waiting.sinceMillis(), nowMillis, answer));
    }

    private static boolean isDue(@Nullable Round last, Waiting waiting, Hook hook, long nowMillis) {
        return last == null
                || !last.isOf(waiting)
                || (last.answer().isDone()
                        && nowMillis - last.askedMillis() >= hook.every().toMillis());
    }

    @Override
    public void close() {
        caller.close();
    }
}
