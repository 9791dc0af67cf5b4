package dev.halftone.core.analysis;

/** A series by the moving average rule of {@link MovingAverageDetector}: the same past, without a floor that chance would give. */
final class MovingAverageSeries implements SeriesScorer {
    /** Differences below this share of the mean are those of arithmetic. */
    static final double ROUNDING = 1e-9;

    private final DetectorSpec.MovingAverage spec;
    private final PastPoints past;

    MovingAverageSeries(DetectorSpec.MovingAverage spec) {
        this.spec = spec;
        past = new PastPoints(spec.points());
    }

    @Override
    public Score next(double seconds, double value) {
        if (!past.isFull()) {
            past.fill(value);
            return new Score(0, false);
        }
        Limits limits = new Limits(
                spec.side(), past.mean(), spec.sigma() * Math.max(past.deviation(), ROUNDING * Math.abs(past.mean())));
        past.remember(value, limits.excludes(value));
        return limits.score(value);
    }
}
