package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;

/**
 * An exponentially weighted moving average against its own control limits (Roberts 1959; Lucas and Saccucci 1990):
 * {@code centre ± L·s·√(λ/(2−λ)·(1−(1−λ)^2i))}. Centre and spread come from the points before the judged one: at least
 * {@value #WARM_UP} of them; later ones count only while the chart is within its limits. The spread has the floor that chance
 * gives.
 */
final class EwmaDetector implements Detector {
    static final int WARM_UP = 20;

    private final Metric metric;
    private final DetectorSpec.Ewma spec;
    private final int minRequests;
    private long points;
    private double mean;
    private double squares;
    private long judged;
    private double average;

    EwmaDetector(Metric metric, DetectorSpec.Ewma spec, int minRequests) {
        this.metric = metric;
        this.spec = spec;
        this.minRequests = minRequests;
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        double value = newest.value(metric);
        long samples = newest.samples(metric);
        if (points < WARM_UP) {
            learn(value);
            return Judgement.insufficient(
                    value, points, points + " of " + WARM_UP + " points are there to compare with");
        }
        if (Double.isNaN(value) || window.whole().samples(metric) < minRequests) {
            return Judgement.insufficient(value, samples, "too few canary requests to judge");
        }
        double deviation = Math.max(Math.sqrt(squares / (points - 1)), newest.chance(metric, mean));
        average = judged == 0 ? mean : average;
        judged++;
        average += spec.alpha() * (value - average);
        double factor = spec.alpha() / (2 - spec.alpha()) * (1 - Math.pow(1 - spec.alpha(), 2.0 * judged));
        Limits limits = new Limits(spec.side(), mean, spec.sigma() * deviation * Math.sqrt(factor));
        boolean breach = limits.excludes(average);
        double limit = limits.near(average);
        String why = "the weighted average of the canary's " + Wording.name(metric) + " is "
                + Wording.value(metric, average) + "; it was " + Wording.value(metric, mean) + " before, limit "
                + Wording.value(metric, limit);
        Judgement judgement = new Judgement(breach ? Verdict.BREACH : Verdict.HEALTHY, average, limit, samples, why);
        if (!breach) {
            learn(value);
        }
        return judgement;
    }

    /** Welford's update. */
    private void learn(double value) {
        if (Double.isNaN(value)) {
            return;
        }
        points++;
        double distance = value - mean;
        mean += distance / points;
        squares += distance * (value - mean);
    }
}
