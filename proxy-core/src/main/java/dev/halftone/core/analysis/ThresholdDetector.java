package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.window.LatencyCounts;
import org.jspecify.annotations.Nullable;

/**
 * A metric against fixed limits. A breach needs evidence, not one bad figure: over the newest 1, 2, 4, 8, ... slices up to
 * the whole window, those of them that hold enough samples, the confidence bound of the metric must lie beyond the limit.
 * Short spans find a total failure within a slice or two, long ones a small excess.
 *
 * <p>Shares use Wilson's score bound; a latency quantile q is beyond its limit when the share of requests slower than the
 * limit is above 1 − q, which is the same test; the mean uses the normal approximation. The bounds hold for one look each
 * (see {@link Evidence#Z}); a metric that stands at its limit is looked at each second, and is one time found beyond it.
 */
final class ThresholdDetector implements Detector {
    private final Metric metric;
    private final @Nullable Double min;
    private final @Nullable Double max;
    private final int minRequests;

    ThresholdDetector(Metric metric, DetectorSpec.Threshold spec, int minRequests) {
        this.metric = metric;
        this.min = spec.min();
        this.max = spec.max();
        this.minRequests = minRequests;
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        Point whole = window.whole();
        long samples = whole.samples(metric);
        if (metric == Metric.REQUEST_RATE) {
            return judgeRate(whole, window.isFull());
        }
        if (samples < minRequests) {
            return Judgement.insufficient(
                    whole.value(metric),
                    samples,
                    samples + " canary requests in the last " + seconds(whole) + "; " + minRequests + " are needed");
        }
        for (int span = 1; isWorthALook(whole) && span < window.size() * 2; span *= 2) {
            Point part = window.newest(span);
            if (part.samples(metric) >= minRequests && isBeyond(part)) {
                return new Judgement(
                        Verdict.BREACH,
                        part.value(metric),
                        limit(part.value(metric)),
                        part.samples(metric),
                        sentence(part));
            }
        }
        double value = whole.value(metric);
        return new Judgement(Verdict.HEALTHY, value, limit(value), samples, sentence(whole));
    }

    /** Whether a part of the window could be beyond the limit: it has no more errors than the whole, and enough requests. */
    private boolean isWorthALook(Point whole) {
        boolean canTell = metric == Metric.ERROR_RATE && max != null && min == null;
        return !canTell || isShareBeyond(Math.min(whole.errors(), minRequests), minRequests);
    }

    private Judgement judgeRate(Point whole, boolean full) {
        double value = whole.value(metric);
        if (!full) {
            return Judgement.insufficient(value, whole.requests(), "a whole window has not passed yet");
        }
        double margin = Evidence.Z * whole.chance(metric, value);
        boolean beyond = (max != null && value - margin > max) || (min != null && value + margin < min);
        return new Judgement(
                beyond ? Verdict.BREACH : Verdict.HEALTHY, value, limit(value), whole.requests(), sentence(whole));
    }

    private boolean isBeyond(Point part) {
        return switch (metric) {
            case ERROR_RATE -> isShareBeyond(part.errors(), part.requests());
            case SUCCESS_RATE -> isShareBeyond(part.requests() - part.errors() - part.clientFaults(), part.requests());
            case LATENCY_MEAN -> isMeanBeyond(part.latency());
            default -> isQuantileBeyond(part.latency());
        };
    }

    private boolean isShareBeyond(long hits, long samples) {
        long counted = Math.max(0, Math.min(hits, samples));
        return (max != null && Evidence.lowerBound(counted, samples, Evidence.Z) > max)
                || (min != null && Evidence.upperBound(counted, samples, Evidence.Z) < min);
    }

    private boolean isMeanBeyond(LatencyCounts latency) {
        double mean = latency.sumNanos() / 1e6 / latency.count();
        double margin = Evidence.Z * Math.sqrt(latency.varianceSquareNanos() / latency.count()) / 1e6;
        return (max != null && mean - margin > max) || (min != null && mean + margin < min);
    }

    private boolean isQuantileBeyond(LatencyCounts latency) {
        double allowed = 1 - Point.quantile(metric);
        boolean above = max != null
                && Evidence.lowerBound(latency.countAbove((long) (max * 1e6)), latency.count(), Evidence.Z) > allowed;
        boolean below = min != null
                && Evidence.upperBound(latency.countAbove((long) (min * 1e6)), latency.count(), Evidence.Z) < allowed;
        return above || below;
    }

    /** The limit that the value is nearer to breaching. */
    private double limit(double value) {
        if (max == null) {
            return min == null ? Double.NaN : min;
        }
        return min != null && value - min < max - value ? min : max;
    }

    private String sentence(Point part) {
        String limits = (max == null ? "" : "limit " + Wording.value(metric, max))
                + (min == null ? "" : (max == null ? "" : ", ") + "at least " + Wording.value(metric, min));
        if (metric == Metric.ERROR_RATE) {
            return part.errors() + " of " + part.requests() + " canary requests failed ("
                    + Wording.value(metric, part.value(metric)) + ") in the last " + seconds(part) + "; " + limits;
        }
        return "the canary's " + Wording.name(metric) + " is " + Wording.value(metric, part.value(metric)) + " over "
                + part.samples(metric) + " requests in the last " + seconds(part) + "; " + limits;
    }

    static String seconds(Point part) {
        return Wording.plain(Math.rint(part.seconds() * 10) / 10) + " s";
    }
}
