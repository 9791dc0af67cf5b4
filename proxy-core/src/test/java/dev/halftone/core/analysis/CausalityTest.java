package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.FailingUsers;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.VersionSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No detector reads the future: with the same past, what it says up to now is the same whatever comes, and also if nothing comes. And what it
 * said is not changed by what comes later.
 */
class CausalityTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PAST = 500;
    private static final int WHOLE = 600;

    static Stream<CheckSpec> checks() {
        DetectorSpec comparison = DetectorSpec.Comparison.standard(Side.ABOVE);
        return Stream.of(
                check(Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.03)),
                check(Metric.LATENCY_P90, new DetectorSpec.Threshold(null, 40.0)),
                check(Metric.LATENCY_MEAN, new DetectorSpec.MovingAverage(5, 2, Side.BOTH)),
                check(Metric.LATENCY_P90, new DetectorSpec.Ewma(0.3, 2, Side.BOTH)),
                check(Metric.LATENCY_MEAN, new DetectorSpec.MannWhitney(0.9, 0, 1, Side.BOTH)),
                check(Metric.REQUEST_RATE, new DetectorSpec.Decomposition(Duration.ofMinutes(2), 2, Side.BOTH)),
                check(Metric.LATENCY_MEAN, new DetectorSpec.Stream()),
                check(Metric.ERROR_RATE, comparison),
                check(Metric.LATENCY_MEAN, comparison),
                check(Metric.LATENCY_P95, comparison),
                new CheckSpec("check", Metric.CUSTOM, "click", DetectorSpec.Comparison.standard(Side.BELOW), 1),
                check(Metric.ERROR_RATE, DetectorSpec.Cusum.STANDARD));
    }

    private static CheckSpec check(Metric metric, DetectorSpec detector) {
        return new CheckSpec("check", metric, detector, 2);
    }

    private static VersionSlice version(Random random, double errors, double millis, double clicks) {
        int requests = random.nextInt(12) == 0 ? 0 : 5 + random.nextInt(20);
        long[] latencies = new long[requests];
        List<Long> failing = new ArrayList<>();
        long hits = 0;
        for (int i = 0; i < requests; i++) {
            latencies[i] = (long) (millis * 1e6 * Math.exp(0.5 * random.nextGaussian()));
            if (random.nextDouble() < errors) {
                failing.add(random.nextLong());
            }
            hits += random.nextDouble() < clicks ? 1 : 0;
        }
        long[] users = failing.stream().mapToLong(Long::longValue).toArray();
        Outcomes counted = new Outcomes(requests, users.length, 0, LatencyCounts.ofNanos(latencies));
        return new VersionSlice(
                counted,
                Outcomes.NONE,
                FailingUsers.of(users, 0),
                UserBits.of(random.longs(requests).toArray()),
                Map.of("click", new Reported(requests, hits)));
    }

    /** Some seconds of both versions; the canary gets worse in the middle of them, and then well again. */
    private static List<RouteSlice> slices(Random random, int from, int to) {
        List<RouteSlice> slices = new ArrayList<>();
        for (int second = from; second < to; second++) {
            boolean worse = second % 400 >= 300;
            VersionSlice stable = version(random, 0.01, 30, 0.3);
            VersionSlice canary = version(random, worse ? 0.1 : 0.01, worse ? 45 : 30, worse ? 0.1 : 0.3);
            slices.add(new RouteSlice(0, second * SECOND, (second + 1) * SECOND, stable, canary));
        }
        return slices;
    }

    private static List<List<CheckResult>> assess(CheckSpec check, List<RouteSlice> slices) {
        Analyzer analyzer = new Analyzer(new AnalysisSpec(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 20, 5, 30L, OnBreach.ROLLBACK, List.of(check)));
        List<List<CheckResult>> results = new ArrayList<>();
        slices.forEach(slice -> results.add(analyzer.assess(slice)));
        return results;
    }

    @ParameterizedTest
    @MethodSource("checks")
    void assess_whateverComesLater_saysTheSameUpToNow(CheckSpec check) {
        for (int seed = 0; seed < 2; seed++) {
            List<RouteSlice> past = slices(new Random(seed), 0, PAST);
            List<RouteSlice> one = new ArrayList<>(past);
            one.addAll(slices(new Random(seed + 100), PAST, WHOLE));
            List<RouteSlice> other = new ArrayList<>(past);
            other.addAll(slices(new Random(seed + 200), PAST, WHOLE));
            List<List<CheckResult>> alone = assess(check, past);
            assertThat(assess(check, one).subList(0, PAST)).isEqualTo(alone);
            assertThat(assess(check, other).subList(0, PAST)).isEqualTo(alone);
            assertThat(alone.stream().map(results -> results.get(0).value()).distinct())
                    .as("a check that says always the same proves nothing")
                    .hasSizeGreaterThan(5);
        }
    }

    @Test
    void checks_haveEveryDetector() {
        List<Class<?>> tried =
                checks().<Class<?>>map(check -> check.detector().getClass()).toList();
        assertThat(Arrays.stream(DetectorSpec.class.getPermittedSubclasses())).allMatch(tried::contains);
    }
}
