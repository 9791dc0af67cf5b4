package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;

/**
 * The newest point against mean and standard deviation of the points before it. The judged point is never among them: if it
 * were, ten points could not exceed 2.85 standard deviations whatever came. The deviation has a floor, the spread that chance
 * alone gives at this many samples, so that a flat past does not make noise an alarm. Points that lie outside are not taken
 * into the past unless as many have come as the past holds: an outage must not become the norm, a new level may.
 */
final class MovingAverageDetector implements Detector {
    private final Metric metric;
    private final DetectorSpec.MovingAverage spec;
    private final int minRequests;
    private final PastPoints past;

    MovingAverageDetector(Metric metric, DetectorSpec.MovingAverage spec, int minRequests) {
        this.metric = metric;
        this.spec = spec;
        this.minRequests = minRequests;
        past = new PastPoints(spec.points());
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        double value = newest.value(metric);
        long samples = newest.samples(metric);
        if (!past.isFull()) {
            if (!Double.isNaN(value)) {
                past.fill(value);
            }
            return Judgement.insufficient(
                    value, past.size(), past.size() + " of " + spec.points() + " points are there to compare with");
        }
        if (Double.isNaN(value) || window.whole().samples(metric) < minRequests) {
            return Judgement.insufficient(value, samples, "too few canary requests to judge");
        }
        double mean = past.mean();
        double deviation = Math.max(past.deviation(), newest.chance(metric, mean));
        Limits limits = new Limits(spec.side(), mean, spec.sigma() * deviation);
        boolean breach = limits.excludes(value);
        past.remember(value, breach);
        String why = "the canary's " + Wording.name(metric) + " is " + Wording.value(metric, value) + "; the "
                + spec.points() + " points before it had " + Wording.value(metric, mean) + " on average, limit "
                + Wording.value(metric, limits.near(value));
        return new Judgement(breach ? Verdict.BREACH : Verdict.HEALTHY, value, limits.near(value), samples, why);
    }
}
