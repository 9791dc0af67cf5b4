package dev.halftone.core.analysis;

/**
 * Fisher's noncentral hypergeometric distribution: of {@code events} events among the requests of both versions, how many fell on
 * the canary, if the canary's odds are {@code odds} times stable's (Fisher 1935; the mode as in Liao and Rosen 2001). Its sums
 * run outward from the mode until nothing is added, so the cost grows with the spread alone.
 */
final class FisherOdds {
    private static final int TABLE = 4096;
    private static final double[] LOG_FACTORIAL = new double[TABLE];
    private static final double NEGLIGIBLE = 1e-13;

    static {
        for (int i = 2; i < TABLE; i++) {
            LOG_FACTORIAL[i] = LOG_FACTORIAL[i - 1] + Math.log(i);
        }
    }

    private FisherOdds() {}

    /** Of the same events: mean and variance of what falls on the canary if both versions are alike. */
    static double meanIfAlike(long canary, long stable, long events) {
        return (double) canary * events / (canary + stable);
    }

    static double varianceIfAlike(long canary, long stable, long events) {
        double both = (double) canary + stable;
        return both <= 1 ? 0 : canary * (stable / both) * events * ((both - events) / both) / (both - 1);
    }

    /**
     * {@code log Σ C(canary,x)·C(stable,events−x)·odds^x} over all x, up to a term that does not depend on the odds.
     *
     * @param events 0..canary+stable
     * @param odds above 0
     */
    static double logSum(long canary, long stable, long events, double odds) {
        long lowest = Math.max(0, events - stable);
        long highest = Math.min(canary, events);
        long mode = Math.max(lowest, Math.min(highest, mode(canary, stable, events, odds)));
        double sum = 1;
        double term = 1;
        for (long x = mode; x < highest; x++) {
            term *= odds * (canary - x) * (events - x) / ((x + 1.0) * (stable - events + x + 1.0));
            sum += term;
            if (term < NEGLIGIBLE) {
                break;
            }
        }
        term = 1;
        for (long x = mode; x > lowest; x--) {
            term *= x * (stable - events + x) / (odds * (canary - x + 1.0) * (events - x + 1.0));
            sum += term;
            if (term < NEGLIGIBLE) {
                break;
            }
        }
        return Math.log(sum)
                + mode * Math.log(odds)
                - logFactorial(mode)
                - logFactorial(canary - mode)
                - logFactorial(events - mode)
                - logFactorial(stable - events + mode);
    }

    private static long mode(long canary, long stable, long events, double odds) {
        double a = odds - 1;
        double b = -((canary + events + 2.0) * odds + stable - events);
        double c = odds * (canary + 1.0) * (events + 1.0);
        return (long) (-2 * c / (b - Math.sqrt(Math.max(0, b * b - 4 * a * c))));
    }

    private static double logFactorial(long n) {
        if (n < TABLE) {
            return LOG_FACTORIAL[(int) n];
        }
        // Stirling's series; at 4096 its next term is below 1e-15.
        return (n + 0.5) * Math.log((double) n)
                - n
                + 0.5 * Math.log(2 * Math.PI)
                + 1 / (12.0 * n)
                - 1 / (360.0 * n * n * n);
    }
}
