package dev.halftone.core.analysis;

/**
 * A series by {@link SeasonalForecast}, as {@link DecompositionDetector} judges a metric: the period is cut into at most
 * {@value DecompositionDetector#MOST_POINTS} points, no shorter than the series' own step, which its first values tell. Each value is held
 * against the forecast of its point; a point is the mean of its values and is learnt once a value of a later one has come. Points
 * without values count as forecast.
 */
final class DecompositionSeries implements SeriesScorer {
    /** Two values make a step; some more make it sure. */
    private static final int STEP_VALUES = 9;

    private final DetectorSpec.Decomposition spec;
    private final double periodSeconds;
    private final double[] firstTimes = new double[STEP_VALUES];
    private final double[] firstValues = new double[STEP_VALUES];
    private int firsts;
    private SeasonalForecast forecast = new SeasonalForecast(2);
    private int points;
    private double pointSeconds;
    private long point;
    private double sum;
    private int number;
    private boolean learn = true;
    private int outside;

    DecompositionSeries(DetectorSpec.Decomposition spec) {
        this.spec = spec;
        periodSeconds = spec.period().toNanos() / 1e9;
    }

    @Override
    public Score next(double seconds, double value) {
        if (firsts < STEP_VALUES) {
            firstTimes[firsts] = seconds;
            firstValues[firsts] = value;
            firsts++;
            if (firsts == STEP_VALUES) {
                begin();
            }
            return new Score(0, false);
        }
        return judge(seconds, value);
    }

    private void begin() {
        double[] steps = new double[STEP_VALUES - 1];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = Math.max(0, firstTimes[i + 1] - firstTimes[i]);
        }
        double step = Math.max(Spread.median(steps), 1e-9);
        points = (int) Math.max(2, Math.min(DecompositionDetector.MOST_POINTS, Math.round(periodSeconds / step)));
        pointSeconds = periodSeconds / points;
        forecast = new SeasonalForecast(points);
        for (int i = 0; i < STEP_VALUES; i++) {
            judge(firstTimes[i], firstValues[i]);
        }
    }

    private Score judge(double seconds, double value) {
        long now = Math.round((seconds - firstTimes[0]) / pointSeconds);
        if (now > point) {
            close(now);
        }
        sum += value;
        number++;
        double expected = forecast.next();
        Double spread = forecast.spread();
        if (Double.isNaN(expected) || spread == null) {
            return new Score(0, false);
        }
        Limits limits = new Limits(
                spec.side(),
                expected,
                spec.sigma() * Math.max(spread, MovingAverageSeries.ROUNDING * Math.abs(expected)));
        boolean breach = limits.excludes(value);
        outside = breach ? outside + 1 : 0;
        learn = !breach || outside > points / 4;
        return limits.score(value);
    }

    /** Learns the point that is complete now, and those that stayed empty, at most a period of them. */
    private void close(long now) {
        forecast.add(number == 0 ? Double.NaN : sum / number, learn);
        long empty = Math.min(now - point - 1, points + (now - point - 1) % points);
        for (long i = 0; i < empty; i++) {
            forecast.add(Double.NaN, false);
        }
        point = now;
        sum = 0;
        number = 0;
        learn = true;
    }
}
