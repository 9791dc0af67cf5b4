package dev.halftone.core.endpoint;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Errors in a row of one endpoint, counted by all event loops together. A success reads one value that is zero and stays in
 * every core's cache while the endpoint is well; only errors write. Any thread.
 */
public final class ErrorStreak {
    private final AtomicInteger errors = new AtomicInteger();
    private final int limit;

    ErrorStreak(int limit) {
        this.limit = limit;
    }

    public void succeeded() {
        if (errors.get() != 0) {
            errors.set(0);
        }
    }

    /** Returns whether this error makes the row long enough; true once for each row, so that one loop reports it. */
    public boolean failed() {
        return errors.incrementAndGet() == limit;
    }

    /** The next error alone makes the row long enough. */
    void onProbation() {
        errors.set(limit - 1);
    }

    void reset() {
        errors.set(0);
    }

    int length() {
        return errors.get();
    }
}
