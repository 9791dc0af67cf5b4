package dev.halftone.core.backtest;

import dev.halftone.core.analysis.ClearDifference;
import dev.halftone.core.window.RouteSlice;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToDoubleFunction;

/**
 * A canary judge in the manner of Kayenta: every ten minutes the last hour's one-minute points of canary and stable are classified by
 * the Mann-Whitney test, 98 % confidence, tolerance 0.25. Error rate, mean latency or p99 that is high, or a click rate that is low,
 * takes the release back. The first three minutes are not judged.
 */
final class MannWhitneyJudge implements Judge {
    private static final int POINT_SECONDS = 60;
    private static final int COLD_POINTS = 3;
    private static final int POINTS = 60;
    private static final int LOOK_POINTS = 10;
    private static final int LEAST_POINTS = 8;

    private final Deque<Pair> pairs = new ArrayDeque<>();
    private Pair open = new Pair(new MinuteTotals(), new MinuteTotals());
    private int seconds;

    private record Pair(MinuteTotals canary, MinuteTotals stable) {}

    @Override
    public boolean take(RouteSlice slice) {
        open.canary.add(slice.canary());
        open.stable.add(slice.stable());
        seconds++;
        if (seconds % POINT_SECONDS != 0) {
            return false;
        }
        int points = seconds / POINT_SECONDS - COLD_POINTS;
        if (points > 0) {
            pairs.addLast(open);
        }
        open = new Pair(new MinuteTotals(), new MinuteTotals());
        if (pairs.size() > POINTS) {
            pairs.removeFirst();
        }
        return points > 0 && points % LOOK_POINTS == 0 && isWorse();
    }

    private boolean isWorse() {
        return differs(MinuteTotals::errorRate, true)
                || differs(MinuteTotals::meanMillis, true)
                || differs(MinuteTotals::p99Millis, true)
                || differs(MinuteTotals::clickRate, false);
    }

    private boolean differs(ToDoubleFunction<MinuteTotals> metric, boolean above) {
        double[] canary = points(pair -> metric.applyAsDouble(pair.canary));
        double[] stable = points(pair -> metric.applyAsDouble(pair.stable));
        return canary.length >= LEAST_POINTS
                && stable.length >= LEAST_POINTS
                && ClearDifference.is(above, canary, stable);
    }

    private double[] points(ToDoubleFunction<Pair> value) {
        return pairs.stream()
                .mapToDouble(value)
                .filter(point -> !Double.isNaN(point))
                .toArray();
    }
}
