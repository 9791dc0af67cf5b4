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
