package dev.halftone.server.proxy;

import java.util.concurrent.TimeUnit;

/**
 * Whether bytes that are waited for come fast enough: some in each period, and in each period that is waited through as many
 * as the least rate asks for. Looked at from time to time; costs nothing in between. Event loop only.
 */
final class Pace {
    /** A rate over less than this would be chance. */
    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(3);

    private long total;
    private long progressNanos;
    private long periodNanos;
    private long periodTotal;

    /** The count begins anew, as nothing is waited for. */
    void reset(long bytes, long nowNanos) {
        total = bytes;
        progressNanos = nowNanos;
        periodTotal = bytes;
        periodNanos = nowNanos;
    }

    /**
     * Whether to give up.
     *
     * @param bytes all that have passed; fewer than before: of another message, so the count begins anew
     * @param periodLengthNanos longest time without a byte, and the time over which the rate is averaged, unless below 3 s
     * @param bytesPerSecond least rate; 0: any byte will do
     */
    boolean isTooSlow(long bytes, long nowNanos, long periodLengthNanos, long bytesPerSecond) {
        if (bytes < total) {
            reset(bytes, nowNanos);
            return false;
        }
        if (bytes > total) {
            total = bytes;
            progressNanos = nowNanos;
        }
        if (nowNanos - progressNanos > periodLengthNanos) {
            return true;
        }
        long elapsed = nowNanos - periodNanos;
        if (elapsed <= Math.max(periodLengthNanos, SHORTEST_PERIOD_NANOS)) {
            return false;
        }
        boolean slow = bytes - periodTotal < bytesPerSecond * (elapsed / 1e9);
        periodNanos = nowNanos;
        periodTotal = bytes;
        return slow;
    }
}
