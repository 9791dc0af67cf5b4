package dev.halftone.server.notify;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Sends letters; never blocks its caller. */
interface Transport {
    /**
     * @param timeout from connecting to the answer's end
     * @return fails with what kept an answer from coming, {@link java.util.concurrent.TimeoutException} for time
     */
    CompletableFuture<Reply> post(Letter letter, Duration timeout);
}
