package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The newest point after trend and season have been taken away, against the robust spread of such residuals: for figures with a
 * daily or weekly shape. Trend and season are forecast from earlier points alone (see {@link SeasonalForecast}); the spread is
 * the scaled median absolute deviation of the forecasts' errors over the last period, with the floor that chance gives.
 *
 * <p>A period is cut into at most {@value #MOST_POINTS} points: 24 h into points of five minutes. A point that is not complete is not
 * judged; until the next one is, the last answer holds. Two periods are needed before there is a season and some two dozen
 * points more before there is a spread. At 288 points a period, 40 kB and on average below a tenth of a millisecond a point. Errors far
 * outside do not widen the spread unless they last for a quarter of a period. One thread.
 */
final class DecompositionDetector implements Detector {
    static final int MOST_POINTS = 288;

    private final Metric metric;
    private final DetectorSpec.Decomposition spec;
    private final int minRequests;
    private @Nullable SeasonalForecast forecast;
    private long pointNanos;
    private int points;
    private Point gathered = Point.EMPTY;
    private long elapsedNanos;
    private long closedPoints;
    private int outside;
    private boolean judgedAnew;
    private Judgement last = Judgement.insufficient(Double.NaN, 0, "the first point is not complete yet");

    DecompositionDetector(Metric metric, DetectorSpec.Decomposition spec, int minRequests) {
        this.metric = metric;
        this.spec = spec;
        this.minRequests = minRequests;
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        SeasonalForecast season = forecast(newest.nanos());
        gathered = gathered.plus(newest);
        elapsedNanos += newest.nanos();
        // Points end where the period's grid says, not a point's length after the last: else the season would drift.
        judgedAnew = elapsedNanos + newest.nanos() / 2 >= (closedPoints + 1) * pointNanos;
        if (judgedAnew) {
            Point point = gathered;
            gathered = Point.EMPTY;
            closedPoints++;
            last = judgePoint(point, season);
        }
        return last;
    }

    @Override
    public boolean judgedAnew() {
        return judgedAnew;
    }

    /** The first point tells how long an interval is. */
    private SeasonalForecast forecast(long intervalNanos) {
        SeasonalForecast known = forecast;
        if (known == null) {
            long periodNanos = spec.period().toNanos();
            long intervals = Math.max(2, Math.round((double) periodNanos / intervalNanos));
            points = (int) Math.min(MOST_POINTS, intervals);
            pointNanos = periodNanos / points;
            known = new SeasonalForecast(points);
            forecast = known;
        }
        return known;
    }

    private Judgement judgePoint(Point point, SeasonalForecast season) {
        double value = point.value(metric);
        long samples = point.samples(metric);
        double expected = season.next();
        Double spread = season.spread();
        if (Double.isNaN(expected) || spread == null) {
            season.add(value, true);
            return Judgement.insufficient(
                    value,
                    samples,
                    "two whole periods, and two dozen points to learn the spread from, have not passed yet");
        }
        if (Double.isNaN(value) || (metric != Metric.REQUEST_RATE && samples < minRequests)) {
            season.add(Double.NaN, false);
            return Judgement.insufficient(value, samples, "too few canary requests to judge");
        }
        double width = spec.sigma() * Math.max(spread, point.chance(metric, expected));
        Limits limits = new Limits(spec.side(), expected, width);
        boolean breach = limits.excludes(value);
        outside = breach ? outside + 1 : 0;
        season.add(value, !breach || outside > points / 4);
        String why = "the canary's " + Wording.name(metric) + " is " + Wording.value(metric, value)
                + "; trend and season give " + Wording.value(metric, expected) + ", limit "
                + Wording.value(metric, limits.near(value));
        return new Judgement(breach ? Verdict.BREACH : Verdict.HEALTHY, value, limits.near(value), samples, why);
    }
}
