package dev.halftone.server.notify;

import dev.halftone.server.notify.HookCall.Answer;
import dev.halftone.server.notify.HookCall.Question;
import java.util.concurrent.CompletableFuture;

/** Somebody outside who is asked whether a release may go on: a webhook or a command. */
@FunctionalInterface
public interface HookAsking {
    /**
     * Never blocks; any thread.
     *
     * @param nowMillis epoch milliseconds, for a signature
     * @return never fails
     */
    CompletableFuture<Answer> ask(Question question, long nowMillis);
}
