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
    private final int minRequests;
    private final EwmaChart chart;

    EwmaDetector(Metric metric, DetectorSpec.Ewma spec, int minRequests) {
        this.metric = metric;
        chart = new EwmaChart(spec);
        this.minRequests = minRequests;
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        double value = newest.value(metric);
        long samples = newest.samples(metric);
        if (chart.learnt() < WARM_UP) {
            chart.learn(value);
            return Judgement.insufficient(
                    value, chart.learnt(), chart.learnt() + " of " + WARM_UP + " points are there to compare with");
        }
        if (Double.isNaN(value) || window.whole().samples(metric) < minRequests) {
            return Judgement.insufficient(value, samples, "too few canary requests to judge");
        }
        double mean = chart.mean();
        Limits limits = chart.move(value, newest.chance(metric, mean));
        double average = chart.average();
        boolean breach = limits.excludes(average);
        double limit = limits.near(average);
        String why = "the weighted average of the canary's " + Wording.name(metric) + " is "
                + Wording.value(metric, average) + "; it was " + Wording.value(metric, mean) + " before, limit "
                + Wording.value(metric, limit);
        Judgement judgement = new Judgement(breach ? Verdict.BREACH : Verdict.HEALTHY, average, limit, samples, why);
        if (!breach) {
            chart.learn(value);
        }
        return judgement;
    }
}
