package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The comparison's bound at the worst that it tolerates: the canary stands exactly at the tolerance all the time and is looked at each
 * second. No more than alpha, times what the plan has spent by then, may ever breach. An alpha of one half, so that some do: where nothing
 * comes near a bound, it proves nothing. What is worse than tolerated breaches in nearly all releases of the same length.
 */
class NullBoundaryTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double ALPHA = 0.5;

    /** One second of a release: the canary at so many times the tolerance, 1 for the boundary. */
    private interface Second {
        RouteSlice at(int second, Random random, double excess);
    }

    private static RouteSlice slice(int second, VersionSlice stable, VersionSlice canary) {
        return new RouteSlice(0, second * SECOND, (second + 1) * SECOND, stable, canary);
    }

    /** How many of the releases ever breach. */
    private static double breaching(CheckSpec check, Second made, double excess, int runs, int seconds) {
        int breaches = 0;
        for (int seed = 0; seed < runs; seed++) {
            Random random = new Random(seed);
            Comparison comparison = new Comparison(List.of(check), AnalysisSpec.MAX_SHARE_OF_USER);
            boolean breached = false;
            for (int second = 0; second < seconds && !breached; second++) {
                comparison.take(made.at(second, random, excess));
                breached = comparison.evidence() >= 1;
            }
            breaches += breached ? 1 : 0;
        }
        return (double) breaches / runs;
    }

    private static void assertBound(CheckSpec check, Second made, double worse, int runs, int seconds) {
        double bound = ALPHA * SpendingPlan.spent(seconds);
        double spread = Math.sqrt(bound * (1 - bound) / runs);
        assertThat(breaching(check, made, 1, runs, seconds))
                .as("at the boundary, where %s is the bound", bound)
                .isPositive()
                .isLessThanOrEqualTo(bound + 2 * spread);
        assertThat(breaching(check, made, worse, 20, seconds)).as("beyond it").isGreaterThan(0.9);
    }

    private static long hits(Random random, int trials, double share) {
        long hits = 0;
        for (int i = 0; i < trials; i++) {
            hits += random.nextDouble() < share ? 1 : 0;
        }
        return hits;
    }

    private static double withOdds(double share, double factor) {
        double odds = share / (1 - share) * factor;
        return odds / (1 + odds);
    }

    @Test
    void comparison_errorsAtTheToleratedOdds_withinTheBound() {
        CheckSpec check = new CheckSpec("c", Metric.ERROR_RATE, new DetectorSpec.Comparison(ALPHA, 0.3, Side.ABOVE), 1);
        Second made = (second, random, excess) -> {
            double base = second % 1000 < 500 ? 0.02 : 0.2;
            VersionSlice stable = errors(20, hits(random, 20, base));
            return slice(second, stable, errors(10, hits(random, 10, withOdds(base, 1.3 * excess))));
        };
        assertBound(check, made, 1.6, 300, 2000);
    }

    private static VersionSlice errors(int requests, long errors) {
        return new VersionSlice(requests, errors, 0, LatencyCounts.EMPTY);
    }

    @Test
    void comparison_clicksAtTheToleratedOdds_withinTheBound() {
        CheckSpec check =
                new CheckSpec("c", Metric.CUSTOM, "click", new DetectorSpec.Comparison(ALPHA, 0.1, Side.BELOW), 1);
        Second made = (second, random, excess) -> {
            Reported of = new Reported(15, hits(random, 15, withOdds(0.3, 1 / (1.1 * excess))));
            Reported against = new Reported(30, hits(random, 30, 0.3));
            return slice(
                    second,
                    VersionSlice.EMPTY.withReported(Map.of("click", against)),
                    errors(1, 0).withReported(Map.of("click", of)));
        };
        assertBound(check, made, 1.3, 300, 1500);
    }

    @Test
    void comparison_latencyAtTheToleratedSlowdown_withinTheBound() {
        CheckSpec check =
                new CheckSpec("c", Metric.LATENCY_P50, new DetectorSpec.Comparison(ALPHA, 0.1, Side.ABOVE), 1);
        Second made = (second, random, excess) ->
                slice(second, latencies(random, 20, 30), latencies(random, 8, 30 * 1.1 * excess));
        assertBound(check, made, 1.15, 200, 1000);
    }

    private static VersionSlice latencies(Random random, int requests, double median) {
        long[] nanos = new long[requests];
        for (int i = 0; i < requests; i++) {
            nanos[i] = (long) (median * 1e6 * Math.exp(0.6 * random.nextGaussian()));
        }
        return new VersionSlice(requests, 0, 0, LatencyCounts.ofNanos(nanos));
    }
}
