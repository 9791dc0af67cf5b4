package dev.halftone.core.analysis;

/**
 * How the chance of a false breach is spent over the life of a release: what begins at some moment may use the share that is
 * spent there. Most releases go bad soon, so a share is there from the start, half falls off as 1/t, and the rest is even: one
 * in the first day, one more in each day after.
 */
final class SpendingPlan {
    static final double DAY_SECONDS = 86_400;
    static final double AT_ONCE = 0.35;
    private static final double EARLY = 0.5;
    private static final double EVEN = 1 - AT_ONCE - EARLY;
    private static final double EARLY_SECONDS = 600;

    private SpendingPlan() {}

    /** What is spent up to this many seconds after the canary's first request. */
    static double spent(double seconds) {
        if (seconds > DAY_SECONDS) {
            return seconds / DAY_SECONDS;
        }
        return AT_ONCE
                + EARLY * Math.log1p(seconds / EARLY_SECONDS) / Math.log1p(DAY_SECONDS / EARLY_SECONDS)
                + EVEN * seconds / DAY_SECONDS;
    }
}
