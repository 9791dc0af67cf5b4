package dev.halftone.core.analysis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Which detector judges, with its parameters. */
public sealed interface DetectorSpec {
    String label();

    /**
     * A metric against fixed limits, in the metric's own unit.
     *
     * @param min breach below, or null
     * @param max breach above, or null
     */
    record Threshold(@Nullable Double min, @Nullable Double max) implements DetectorSpec {
        @Override
        public String label() {
            return "threshold";
        }
    }

    /**
     * Against mean and standard deviation of the points before the one that is judged.
     *
     * @param points how many points before it, 2..1000
     * @param sigma how many standard deviations, above 0
     */
    record MovingAverage(int points, double sigma, Side side) implements DetectorSpec {
        @Override
        public String label() {
            return "movingAverage";
        }
    }

    /**
     * An exponentially weighted moving average against its own control limits.
     *
     * @param alpha weight of the newest point, above 0 and at most 1
     * @param sigma width of the limits in standard deviations of the average
     */
    record Ewma(double alpha, double sigma, Side side) implements DetectorSpec {
        @Override
        public String label() {
            return "ewma";
        }
    }

    /**
     * The canary's points of the window against stable's by the Mann-Whitney test.
     *
     * @param confidence of the test and of the shift's interval, above 0.5 and below 1
     * @param tolerance share of the shift that its interval must clear, 0..1
     * @param effect ratio of the means that counts at least, 1 for any; downwards its inverse
     */
    record MannWhitney(double confidence, double tolerance, double effect, Side side) implements DetectorSpec {
        @Override
        public String label() {
            return "mannWhitney";
        }
    }

    /**
     * What trend and season do not explain, against its robust spread.
     *
     * @param period length of the season, at least 2 intervals
     * @param sigma how many robust standard deviations, above 0
     */
    record Decomposition(Duration period, double sigma, Side side) implements DetectorSpec {
        @Override
        public String label() {
            return "decomposition";
        }
    }

    /** One series against its own past, calibrated by itself. */
    record Stream() implements DetectorSpec {
        @Override
        public String label() {
            return "stream";
        }
    }

    /**
     * Canary against stable over the same seconds, valid however often one looks; see {@link Comparison}.
     *
     * @param alpha chance of a false breach in a day of all comparisons of a route together, above 0 and below 1
     * @param tolerance how much worse than stable is still well, as a share: of the odds for errors (default 0.1) and custom
     *     metrics (0.03), of the time for latencies (0.04); null for the default
     * @param bad which direction of a custom metric is bad; errors and latencies are bad above
     * @param warmUp how long after the canary's first request nothing is judged, 0 s or more; null for the default, a minute for
     *     errors and custom metrics, three for latencies
     */
    record Comparison(
            double alpha,
            @Nullable Double tolerance,
            Side bad,
            @Nullable Duration warmUp) implements DetectorSpec {
        public static final double ALPHA = 0.01;

        public Comparison {
            if (!(alpha > 0 && alpha < 1)) {
                throw new IllegalArgumentException("alpha " + alpha + " (expected: above 0, below 1)");
            }
            if (tolerance != null && !(tolerance >= 0 && tolerance <= 10)) {
                throw new IllegalArgumentException("tolerance " + tolerance + " (expected: 0..10)");
            }
            if (bad == Side.BOTH) {
                throw new IllegalArgumentException("bad side both (expected: above or below)");
            }
            if (warmUp != null && warmUp.isNegative()) {
                throw new IllegalArgumentException("warm-up " + warmUp + " (expected: 0 s or more)");
            }
        }

        public Comparison(double alpha, @Nullable Double tolerance, Side bad) {
            this(alpha, tolerance, bad, null);
        }

        /** As it is without parameters. */
        public static Comparison standard(Side bad) {
            return new Comparison(ALPHA, null, bad);
        }

        @Override
        public String label() {
            return "comparison";
        }
    }

    /**
     * Stops after few failing answers; see {@link dev.halftone.core.window.HarmCusum}. Errors only.
     *
     * @param good share of errors that is well, above 0
     * @param bad share that is not, above {@code good} and below 1
     * @param threshold evidence that it takes, in nats, above 0
     */
    record Cusum(double good, double bad, double threshold) implements DetectorSpec {
        public static final Cusum STANDARD = new Cusum(0.01, 0.2, 13.8);

        public Cusum {
            if (!(good > 0 && good < bad && bad < 1 && threshold > 0)) {
                throw new IllegalArgumentException("good " + good + ", bad " + bad + ", threshold " + threshold
                        + " (expected: 0 < good < bad < 1 and a threshold above 0)");
            }
        }

        @Override
        public String label() {
            return "cusum";
        }
    }

    /** Which direction is bad. */
    enum Side {
        ABOVE("above"),
        BELOW("below"),
        BOTH("both");

        private final String label;

        Side(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
