package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.MannWhitneyRule.Classification;
import dev.halftone.core.analysis.MannWhitneyRule.Direction;
import dev.halftone.core.analysis.MannWhitneyRule.Effect;
import dev.halftone.core.analysis.MannWhitneyRule.Measure;
import dev.halftone.core.analysis.MannWhitneyRule.Missing;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToDoubleFunction;

/**
 * The canary's points of the window against stable's of the same time by {@link MannWhitneyRule}: a judge as other delivery
 * tools have it, beside the default comparison. Points in which a version counted nothing are left out for that version.
 *
 * <p>Each look is wrong with chance 1 − confidence at most, a window that slides is looked at often, and neighbouring points of
 * a service are alike: in a day of no change expect false breaches, and ask for several in a row. At most {@value #MOST_POINTS}
 * points a side are compared, longer windows in points of several intervals: a look costs below a tenth of a millisecond. One thread.
 */
final class MannWhitneyDetector implements Detector {
    static final int MOST_POINTS = 60;

    /** Five against five is the least with which the usual confidence can be reached. */
    static final int LEAST_POINTS = 5;

    private final Metric metric;
    private final int minRequests;
    private final MannWhitneyRule rule;
    private final Deque<Pair> pairs = new ArrayDeque<>();
    private long heldNanos;
    private Point gatheredCanary = Point.EMPTY;
    private Point gatheredStable = Point.EMPTY;
    private boolean judgedAnew;
    private Judgement last = Judgement.insufficient(Double.NaN, 0, "the first point is not complete yet");

    /** Both versions' values over the same time, NaN for none. */
    private record Pair(long nanos, double canary, double stable) {}

    MannWhitneyDetector(Metric metric, DetectorSpec.MannWhitney spec, int minRequests) {
        this.metric = metric;
        this.minRequests = minRequests;
        Direction direction = switch (spec.side()) {
            case ABOVE -> Direction.INCREASE;
            case BELOW -> Direction.DECREASE;
            case BOTH -> Direction.EITHER;
        };
        Effect effect = new Effect(Measure.MEAN_RATIO, 1 / spec.effect(), spec.effect());
        rule = new MannWhitneyRule(
                spec.tolerance(), spec.confidence(), direction, effect, effect, false, Missing.REMOVE);
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        throw new IllegalStateException("mannWhitney needs stable's point too");
    }

    @Override
    public Judgement judge(Point newest, Point stable, SlidingWindow window) {
        judgedAnew = gather(newest, stable, window.windowNanos());
        if (judgedAnew) {
            last = judgePairs(window);
        }
        return last;
    }

    @Override
    public boolean judgedAnew() {
        return judgedAnew;
    }

    private Judgement judgePairs(SlidingWindow window) {
        long samples = window.whole().samples(metric);
        double[] canaryValues = present(Pair::canary);
        double[] stableValues = present(Pair::stable);
        double value = Spread.median(canaryValues);
        if (canaryValues.length < LEAST_POINTS || stableValues.length < LEAST_POINTS) {
            return Judgement.insufficient(
                    value,
                    samples,
                    canaryValues.length + " points of the canary and " + stableValues.length + " of stable; "
                            + LEAST_POINTS + " of each are needed");
        }
        if (samples < minRequests) {
            return Judgement.insufficient(value, samples, "too few canary requests to judge");
        }
        Classification answer = rule.classify(canaryValues, stableValues).classification();
        boolean breach = answer == Classification.HIGH || answer == Classification.LOW;
        double limit = Spread.median(stableValues);
        String why = "the canary's " + Wording.name(metric) + " is " + Wording.value(metric, value) + ", stable's "
                + Wording.value(metric, limit) + " (medians of " + canaryValues.length + " and "
                + stableValues.length + " points): " + (breach ? "a clear difference" : "no clear difference");
        return new Judgement(breach ? Verdict.BREACH : Verdict.HEALTHY, value, limit, samples, why);
    }

    /** The newest pair grows until it holds its share of the window; tells whether it does now. */
    private boolean gather(Point newest, Point stable, long windowNanos) {
        gatheredCanary = gatheredCanary.plus(newest);
        gatheredStable = gatheredStable.plus(stable);
        if (gatheredCanary.nanos() + newest.nanos() / 2 < windowNanos / MOST_POINTS) {
            return false;
        }
        pairs.addLast(new Pair(gatheredCanary.nanos(), gatheredCanary.value(metric), gatheredStable.value(metric)));
        heldNanos += gatheredCanary.nanos();
        gatheredCanary = Point.EMPTY;
        gatheredStable = Point.EMPTY;
        while (pairs.size() > 1
                && (heldNanos - pairs.getFirst().nanos() >= windowNanos || pairs.size() > MOST_POINTS)) {
            heldNanos -= pairs.removeFirst().nanos();
        }
        return true;
    }

    private double[] present(ToDoubleFunction<Pair> side) {
        return pairs.stream()
                .mapToDouble(side)
                .filter(value -> !Double.isNaN(value))
                .toArray();
    }
}
