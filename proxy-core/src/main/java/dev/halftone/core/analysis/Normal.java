package dev.halftone.core.analysis;

/** The standard normal distribution, to about fourteen digits. */
final class Normal {
    private static final double ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
    private static final double SERIES_ENDS = 5;

    private Normal() {}

    /** P(Z > z), also far out in the tail. */
    static double upperTail(double z) {
        if (z < 0) {
            return 1 - upperTail(-z);
        }
        return z < SERIES_ENDS ? 0.5 - centralHalf(z) : density(z) / millsFraction(z);
    }

    /** The z that stays above the variable with this probability, 0..1 exclusive. By bisection: meant for set-up. */
    static double quantile(double probability) {
        if (!(probability > 0 && probability < 1)) {
            throw new IllegalArgumentException("probability " + probability + " (expected: between 0 and 1)");
        }
        double low = -40;
        double high = 40;
        for (int i = 0; i < 100; i++) {
            double middle = (low + high) / 2;
            if (upperTail(middle) > 1 - probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private static double density(double z) {
        return Math.exp(-z * z / 2) / ROOT_TWO_PI;
    }

    /** P(0 < Z < z) by the series of Marsaglia (2004). */
    private static double centralHalf(double z) {
        double term = z;
        double sum = z;
        for (int odd = 3; sum + term != sum; odd += 2) {
            term *= z * z / odd;
            sum += term;
        }
        return sum * density(z);
    }

    /** Laplace's continued fraction of density over tail; from 5 on, forty steps are more than enough. */
    private static double millsFraction(double z) {
        double fraction = z;
        for (int i = 40; i > 0; i--) {
            fraction = z + i / fraction;
        }
        return fraction;
    }
}
