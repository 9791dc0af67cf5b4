package dev.halftone.core.analysis;

/** A series by the control chart of {@link EwmaDetector}, without a floor that chance would give. */
final class EwmaSeries implements SeriesScorer {
    private final EwmaChart chart;

    EwmaSeries(DetectorSpec.Ewma spec) {
        chart = new EwmaChart(spec);
    }

    @Override
    public Score next(double seconds, double value) {
        if (chart.learnt() < EwmaDetector.WARM_UP) {
            chart.learn(value);
            return new Score(0, false);
        }
        Limits limits = chart.move(value, MovingAverageSeries.ROUNDING * Math.abs(chart.mean()));
        if (!limits.excludes(chart.average())) {
            chart.learn(value);
        }
        return limits.score(chart.average());
    }
}
