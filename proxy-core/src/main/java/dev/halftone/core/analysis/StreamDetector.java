package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;

/**
 * The canary's metric as one series against its own past, by {@link StreamScorer}. A breach lasts one point; then there is silence for at least twenty. Points without a value are passed over.
 * One thread.
 */
final class StreamDetector implements Detector {
    static final int LEAST_POINTS = 300;

    private final Metric metric;
    private final int minRequests;
    private final StreamScorer scorer = new StreamScorer();
    private long points;

    StreamDetector(Metric metric, int minRequests) {
        this.metric = metric;
        this.minRequests = minRequests;
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        double value = newest.value(metric);
        if (Double.isNaN(value) || window.whole().samples(metric) < minRequests) {
            return Judgement.insufficient(value, newest.samples(metric), "too few canary requests to judge");
        }
        points++;
        SeriesScorer.Score score = scorer.next(value);
        if (points < LEAST_POINTS) {
            return Judgement.insufficient(
                    value, points, points + " of " + LEAST_POINTS + " points are there to compare with");
        }
        String why = "the canary's " + Wording.name(metric) + " is " + Wording.value(metric, value) + "; score "
                + Wording.plain(score.score()) + ", unusual from " + SeriesScorer.ANOMALY;
        return new Judgement(
                score.isAnomaly() ? Verdict.BREACH : Verdict.HEALTHY, value, Double.NaN, newest.samples(metric), why);
    }
}
