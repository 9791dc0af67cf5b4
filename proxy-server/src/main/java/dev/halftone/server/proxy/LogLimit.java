package dev.halftone.server.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Lets one line through in ten seconds, for events that may come thousands of times a second. Any thread. */
final class LogLimit {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongAdder held = new LongAdder();
    private final AtomicLong nextNanos;

    LogLimit(long nowNanos) {
        nextNanos = new AtomicLong(nowNanos);
    }

    /**
     * Counts events.
     *
     * @return how many came since the last line, if a line is due; or 0
     */
    long pass(long events, long nowNanos) {
        held.add(events);
        long due = nextNanos.get();
        if (nowNanos - due < 0 || !nextNanos.compareAndSet(due, nowNanos + PERIOD_NANOS)) {
            return 0;
        }
        return held.sumThenReset();
    }
}
