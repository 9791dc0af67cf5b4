package dev.halftone.core.analysis;

import org.jspecify.annotations.Nullable;

/** Each value against fixed limits: score 1 beyond, else 0. A single value of a series has no samples to be sure by. */
final class ThresholdSeries implements SeriesScorer {
    private final @Nullable Double min;
    private final @Nullable Double max;

    ThresholdSeries(DetectorSpec.Threshold spec) {
        min = spec.min();
        max = spec.max();
    }

    @Override
    public Score next(double seconds, double value) {
        boolean beyond = (min != null && value < min) || (max != null && value > max);
        return new Score(beyond ? 1 : 0, beyond);
    }
}
