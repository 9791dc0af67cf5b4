package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * Classifies a canary's sample against stable's by the Mann-Whitney test, as canary judges do: high or low where the test
 * refuses equality, the whole confidence interval of the shift lies beyond the tolerance, and the effect is large enough.
 *
 * @param tolerance share of the shift that its confidence interval must clear, 0..1: the interval's nearer end has to be at
 *     least so many times the Hodges-Lehmann shift away from 0
 * @param confidence of test and interval, two-sided, between 0 and 1
 * @param effect least effect that counts
 * @param critical effect from which a metric that may fail the whole judgement does
 */
record MannWhitneyRule(
        double tolerance,
        double confidence,
        Direction direction,
        Effect effect,
        Effect critical,
        boolean isCritical,
        Missing missing) {

    /** Which direction counts. */
    enum Direction {
        INCREASE,
        DECREASE,
        EITHER
    }

    /** How large the difference is. */
    enum Measure {
        /** Canary's mean over stable's: 1 for no difference. Infinite over a mean of 0. */
        MEAN_RATIO,
        /** Share of pairs in which the canary's value is larger (McGraw and Wong 1992), 0..1. */
        SUPERIORITY
    }

    /**
     * The effect at which a difference begins to count; 1 and 1 of a mean ratio: always.
     *
     * @param low at most this for a decrease
     * @param high at least this for an increase
     */
    record Effect(Measure measure, double low, double high) {}

    /** What values that are not there mean. */
    enum Missing {
        REMOVE,
        /** A sample without values is one 0. */
        ZERO
    }

    /** The answer. */
    enum Classification {
        PASS,
        HIGH,
        LOW,
        NODATA
    }

    /** @param critical whether it should fail the whole judgement */
    record Outcome(Classification classification, boolean critical) {}

    /** NaN counts as missing. */
    Outcome classify(double[] canary, double[] stable) {
        double[] canaryValues = present(canary);
        double[] stableValues = present(stable);
        if (canaryValues.length == 0 || stableValues.length == 0) {
            return new Outcome(Classification.NODATA, isCritical);
        }
        MannWhitney test = MannWhitney.of(canaryValues, stableValues);
        Classification classification = classify(test, Normal.quantile((1 + confidence) / 2));
        double size = effectSize(effect, test, canaryValues, stableValues);
        double criticalSize = effectSize(critical, test, canaryValues, stableValues);
        return switch (classification) {
            case HIGH ->
                size >= effect.high() ? new Outcome(Classification.HIGH, isCritical(criticalSize, true)) : pass();
            case LOW ->
                size <= effect.low() ? new Outcome(Classification.LOW, isCritical(criticalSize, false)) : pass();
            default -> pass();
        };
    }

    private static Outcome pass() {
        return new Outcome(Classification.PASS, false);
    }

    private boolean isCritical(double size, boolean high) {
        return isCritical && (high ? size >= critical.high() : size <= critical.low());
    }

    private Classification classify(MannWhitney test, double z) {
        if (Math.abs(test.z()) <= z) {
            return Classification.PASS;
        }
        // Where most values are the same, shift and interval are 0 although the test refuses; then the test decides.
        double cleared = tolerance * Math.abs(test.shift());
        if (test.z() > 0 && direction != Direction.DECREASE && test.lower(z) >= cleared) {
            return Classification.HIGH;
        }
        if (test.z() < 0 && direction != Direction.INCREASE && test.upper(z) <= -cleared) {
            return Classification.LOW;
        }
        return Classification.PASS;
    }

    private static double effectSize(Effect effect, MannWhitney test, double[] canary, double[] stable) {
        return effect.measure() == Measure.SUPERIORITY ? test.superiority() : mean(canary) / mean(stable);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    private double[] present(double[] values) {
        double[] present =
                Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
        return present.length == 0 && missing == Missing.ZERO ? new double[1] : present;
    }
}
