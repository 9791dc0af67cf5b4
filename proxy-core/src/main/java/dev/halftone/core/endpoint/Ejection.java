package dev.halftone.core.endpoint;

/**
 * One endpoint's ejections. The n-th in a row lasts n times the configured time, ten times at most; who then serves without
 * another for as long as the last one took starts from one again. One thread.
 */
final class Ejection {
    private static final int MOST_TIMES = 10;

    private final long baseNanos;
    private int times;
    private boolean ejected;
    private long untilNanos;

    Ejection(long baseNanos) {
        this.baseNanos = baseNanos;
    }

    boolean isEjected() {
        return ejected;
    }

    /** How long the last ejection was to last, in nanoseconds. */
    long lastNanos() {
        return baseNanos * times;
    }

    void begin(long nowNanos) {
        boolean relapsed = times > 0 && nowNanos - untilNanos < lastNanos();
        times = relapsed ? Math.min(MOST_TIMES, times + 1) : 1;
        ejected = true;
        untilNanos = nowNanos + lastNanos();
    }

    /** Ends the ejection if its time is up; returns whether it did. */
    boolean endIfDue(long nowNanos) {
        if (!ejected || nowNanos - untilNanos < 0) {
            return false;
        }
        ejected = false;
        return true;
    }
}
