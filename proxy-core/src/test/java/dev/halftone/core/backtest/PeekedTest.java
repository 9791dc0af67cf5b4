package dev.halftone.core.backtest;

import dev.halftone.core.window.LogLatencies;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;

/**
 * A test over everything since the third minute, looked at every ten seconds: is the canary's error rate, or the mean of the logarithm of
 * its latency, above stable's? Either a z-test at one per cent, valid for one look, or the mixture sequential probability ratio test
 * (Robbins 1970; Johari et al. 2017), valid for any number of looks at independent requests. Errors need at least three failures.
 */
final class PeekedTest implements Judge {
    private static final int COLD_SECONDS = 180;
    private static final int LOOK_SECONDS = 10;
    private static final int LEAST_REQUESTS = 50;
    private static final int LEAST_ERRORS = 3;
    private static final double Z_AT_ONE_PERCENT = 2.326;
    private static final double ALPHA = 0.01;
    /** Standard deviations of the mixture: differences that are looked for. */
    private static final double ERRORS_SOUGHT = 0.002;

    private static final double LOG_LATENCY_SOUGHT = 0.1;

    private final boolean mixture;
    private final Sums canary = new Sums();
    private final Sums stable = new Sums();
    private int seconds;

    private static final class Sums {
        private final LogLatencies latencies = new LogLatencies();
        private double requests;
        private double errors;

        void add(VersionSlice slice) {
            requests += slice.requests();
            errors += slice.errors();
            latencies.add(slice.latency());
        }
    }

    /** @param mixture whether the test allows for being looked at */
    PeekedTest(boolean mixture) {
        this.mixture = mixture;
    }

    @Override
    public boolean take(RouteSlice slice) {
        seconds++;
        if (seconds <= COLD_SECONDS) {
            return false;
        }
        canary.add(slice.canary());
        stable.add(slice.stable());
        boolean looks = seconds % LOOK_SECONDS == 0;
        boolean enough = canary.requests >= LEAST_REQUESTS && stable.requests >= LEAST_REQUESTS;
        return looks && enough && (moreErrors() || slower());
    }

    private boolean moreErrors() {
        double both = (canary.errors + stable.errors) / (canary.requests + stable.requests);
        double variance = both * (1 - both) * (1 / canary.requests + 1 / stable.requests);
        double difference = canary.errors / canary.requests - stable.errors / stable.requests;
        return canary.errors >= LEAST_ERRORS && isAbove(difference, variance, ERRORS_SOUGHT);
    }

    private boolean slower() {
        double variance = canary.latencies.variance() / canary.latencies.count()
                + stable.latencies.variance() / stable.latencies.count();
        return isAbove(canary.latencies.mean() - stable.latencies.mean(), variance, LOG_LATENCY_SOUGHT);
    }

    private boolean isAbove(double difference, double variance, double sought) {
        if (!(difference > 0 && variance > 0)) {
            return false;
        }
        if (!mixture) {
            return difference > Z_AT_ONE_PERCENT * Math.sqrt(variance);
        }
        double spread = variance + sought * sought;
        double logRatio =
                0.5 * Math.log(variance / spread) + difference * difference * sought * sought / (2 * variance * spread);
        return logRatio > Math.log(2 / ALPHA);
    }
}
