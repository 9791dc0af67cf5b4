package dev.halftone.core.backtest;

import dev.halftone.core.window.RouteSlice;

/**
 * What Flagger's documentation shows as an analysis: each minute the canary's success rate has to be at least 99 % and its p99 at most
 * 500 ms; a minute that misses is a failed check, failed checks add up, and the fifth takes the release back. Flagger acts on it an
 * interval later and counts a minute without traffic as failed; both are let pass here. The first three minutes are not judged.
 */
final class FlaggerRule implements Judge {
    private static final int INTERVAL_SECONDS = 60;
    private static final int COLD_MINUTES = 3;
    private static final int FAILED_CHECKS = 5;
    private static final double MOST_ERRORS = 0.01;
    private static final double MOST_P99_MILLIS = 500;

    private MinuteTotals minute = new MinuteTotals();
    private int seconds;
    private int failed;

    @Override
    public boolean take(RouteSlice slice) {
        minute.add(slice.canary());
        seconds++;
        if (seconds % INTERVAL_SECONDS != 0) {
            return false;
        }
        MinuteTotals whole = minute;
        minute = new MinuteTotals();
        boolean misses = whole.errorRate() > MOST_ERRORS || whole.p99Millis() > MOST_P99_MILLIS;
        if (misses && seconds > COLD_MINUTES * INTERVAL_SECONDS) {
            failed++;
        }
        return failed >= FAILED_CHECKS;
    }
}
