package dev.halftone.core.analysis;

/**
 * Scores the values of one series one after another, each from itself and earlier ones alone. Stateful, one thread, no clock:
 * time comes with the values.
 */
public interface SeriesScorer {
    /** The score from which a value is an anomaly. */
    double ANOMALY = 0.5;

    /**
     * Takes the next value.
     *
     * @param seconds of the value, on any clock; one before the last one's counts as the same
     * @param value finite
     */
    Score next(double seconds, double value);

    /**
     * What a value came to.
     *
     * @param score 0..1; {@value SeriesScorer#ANOMALY} at the limit
     */
    record Score(double score, boolean isAnomaly) {}

    /**
     * The scorer that judges a series as this detector judges a metric.
     *
     * @throws IllegalArgumentException if it compares two versions
     */
    static SeriesScorer of(DetectorSpec spec) {
        if (spec instanceof DetectorSpec.Stream) {
            return new StreamScorer();
        } else if (spec instanceof DetectorSpec.Threshold threshold) {
            return new ThresholdSeries(threshold);
        } else if (spec instanceof DetectorSpec.MovingAverage average) {
            return new MovingAverageSeries(average);
        } else if (spec instanceof DetectorSpec.Ewma ewma) {
            return new EwmaSeries(ewma);
        } else if (spec instanceof DetectorSpec.Decomposition decomposition) {
            return new DecompositionSeries(decomposition);
        }
        throw new IllegalArgumentException(
                spec.label() + " compares two versions (expected: a detector of one series)");
    }
}
