package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnalyzerTest {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final DetectorSpec FIVE_PERCENT = new DetectorSpec.Threshold(null, 0.05);

    private static Analyzer analyzer(Metric metric, DetectorSpec detector, int consecutive) {
        CheckSpec check = new CheckSpec("c", metric, detector, consecutive);
        return new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, List.of(check)));
    }

    private static RouteSlice slice(int number, VersionSlice canary) {
        return new RouteSlice(0, number * SLICE_NANOS, (number + 1) * SLICE_NANOS, VersionSlice.EMPTY, canary);
    }

    private static VersionSlice errors(long requests, long errors) {
        return new VersionSlice(requests, errors, 0, LatencyCounts.EMPTY);
    }

    private static VersionSlice latencies(double... millis) {
        long[] nanos = new long[millis.length];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = (long) (millis[i] * 1e6);
        }
        return new VersionSlice(nanos.length, 0, 0, LatencyCounts.ofNanos(nanos));
    }

    /** The slice at which the check first breaches, or -1. */
    private static int firstBreach(Analyzer analyzer, List<VersionSlice> slices) {
        for (int i = 0; i < slices.size(); i++) {
            if (analyzer.assess(slice(i, slices.get(i))).get(0).verdict() == Verdict.BREACH) {
                return i;
            }
        }
        return -1;
    }

    private static long binomial(Random random, int trials, double share) {
        long hits = 0;
        for (int i = 0; i < trials; i++) {
            hits += random.nextDouble() < share ? 1 : 0;
        }
        return hits;
    }

    @Test
    void threshold_totalFailure_breachesWithTheFirstSliceThatHoldsEnough() {
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            slices.add(errors(60, i < 30 ? 0 : 60));
        }
        assertThat(firstBreach(analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1), slices))
                .isEqualTo(30);
    }

    @Test
    void threshold_totalFailureAtTenRequestsASecond_breachesAsSoonAsEnoughAreFailing() {
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            slices.add(errors(10, i < 30 ? 0 : 10));
        }
        assertThat(firstBreach(analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1), slices))
                .isBetween(31, 33);
    }

    @Test
    void threshold_fewerThanMinRequests_isInsufficientWhateverCame() {
        Analyzer analyzer = analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1);
        CheckResult result = analyzer.assess(slice(0, errors(49, 49))).get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(result.why()).isEqualTo("49 canary requests in the last 1 s; 50 are needed");
        assertThat(analyzer.assess(slice(1, errors(1, 1))).get(0).verdict()).isEqualTo(Verdict.BREACH);
    }

    @Test
    void threshold_silence_isInsufficientAgainNotHealthy() {
        Analyzer analyzer = analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1);
        assertThat(analyzer.assess(slice(0, errors(100, 0))).get(0).verdict()).isEqualTo(Verdict.HEALTHY);
        CheckResult last = analyzer.assess(slice(1, VersionSlice.EMPTY)).get(0);
        for (int i = 2; i < 62; i++) {
            last = analyzer.assess(slice(i, VersionSlice.EMPTY)).get(0);
        }
        assertThat(last.verdict()).isEqualTo(Verdict.INSUFFICIENT);
    }

    @Test
    void threshold_breach_saysWhatWasSeen() {
        CheckResult result = analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1)
                .assess(slice(0, errors(120, 42)))
                .get(0);
        assertThat(result.why()).isEqualTo("42 of 120 canary requests failed (35 %) in the last 1 s; limit 5 %");
        assertThat(result.value()).isEqualTo(0.35);
        assertThat(result.limit()).isEqualTo(0.05);
        assertThat(result.samples()).isEqualTo(120);
    }

    @Test
    void threshold_healthyAtOnePercent_neverBreachesInADay() {
        for (int seed = 0; seed < 10; seed++) {
            Random random = new Random(9000 + seed);
            Analyzer analyzer = analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1);
            for (int second = 0; second < 86_400; second++) {
                CheckResult result = analyzer.assess(slice(second, errors(10, binomial(random, 10, 0.01))))
                        .get(0);
                assertThat(result.verdict())
                        .as("seed %d second %d", seed, second)
                        .isNotEqualTo(Verdict.BREACH);
            }
        }
    }

    @Test
    void threshold_latencyQuantile_breachesOnlyWithEvidence() {
        DetectorSpec limit = new DetectorSpec.Threshold(null, 100.0);
        double[] slow = new double[200];
        java.util.Arrays.setAll(slow, i -> i % 10 == 0 ? 300 : 20);
        assertThat(firstBreach(analyzer(Metric.LATENCY_P99, limit, 1), List.of(latencies(slow))))
                .isZero();
        assertThat(firstBreach(analyzer(Metric.LATENCY_P50, limit, 1), List.of(latencies(slow))))
                .isEqualTo(-1);
        double[] atLimit = new double[200];
        java.util.Arrays.setAll(atLimit, i -> i < 3 ? 300 : 20);
        assertThat(firstBreach(analyzer(Metric.LATENCY_P99, limit, 1), List.of(latencies(atLimit))))
                .as("3 of 200 above is chance at p99")
                .isEqualTo(-1);
    }

    @Test
    void movingAverage_jump_breachesAfterConsecutivePoints() {
        DetectorSpec spec = new DetectorSpec.MovingAverage(10, 3, Side.ABOVE);
        Random random = new Random(4);
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            double centre = i < 30 ? 50 : 80;
            slices.add(latencies(random.doubles(60, centre - 5, centre + 5).toArray()));
        }
        assertThat(firstBreach(analyzer(Metric.LATENCY_MEAN, spec, 1), slices)).isEqualTo(30);
        assertThat(firstBreach(analyzer(Metric.LATENCY_MEAN, spec, 3), slices)).isEqualTo(32);
    }

    @Test
    void movingAverage_judgedPointIsNotInItsPast_soASpikeInFlatnessIsFound() {
        DetectorSpec spec = new DetectorSpec.MovingAverage(10, 3, Side.ABOVE);
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            double[] same = new double[60];
            java.util.Arrays.fill(same, i == 10 ? 70 : 50);
            slices.add(latencies(same));
        }
        assertThat(firstBreach(analyzer(Metric.LATENCY_MEAN, spec, 1), slices)).isEqualTo(10);
    }

    @Test
    void ewma_drift_isFoundWhereOnePointWouldNotTell() {
        DetectorSpec spec = new DetectorSpec.Ewma(0.2, 4, Side.ABOVE);
        Random random = new Random(6);
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            double centre = i < 100 ? 50 : 50 + (i - 100) * 0.3;
            slices.add(latencies(random.doubles(60, centre - 20, centre + 20).toArray()));
        }
        assertThat(firstBreach(analyzer(Metric.LATENCY_MEAN, spec, 1), slices)).isBetween(101, 120);
    }

    @Test
    void ewma_belowSide_watchesOnlyBelow() {
        DetectorSpec below = new DetectorSpec.Ewma(0.3, 4, Side.BELOW);
        List<VersionSlice> worse = new ArrayList<>();
        List<VersionSlice> better = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            worse.add(new VersionSlice(100, i < 40 ? 2 : 30, 0, LatencyCounts.EMPTY));
            better.add(new VersionSlice(100, i < 40 ? 30 : 2, 0, LatencyCounts.EMPTY));
        }
        assertThat(firstBreach(analyzer(Metric.SUCCESS_RATE, below, 1), worse)).isBetween(40, 43);
        assertThat(firstBreach(analyzer(Metric.SUCCESS_RATE, below, 1), better)).isEqualTo(-1);
    }

    @Test
    void assess_anyDetector_neverReadsTheFuture() {
        Random random = new Random(12);
        List<VersionSlice> slices = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            slices.add(
                    random.nextInt(10) == 0
                            ? VersionSlice.EMPTY
                            : latencies(random.doubles(30, 10, 90).toArray()));
        }
        for (DetectorSpec spec : List.of(
                new DetectorSpec.Threshold(null, 40.0),
                new DetectorSpec.MovingAverage(5, 2, Side.BOTH),
                new DetectorSpec.Ewma(0.3, 2, Side.BOTH))) {
            List<CheckResult> whole = run(spec, slices);
            List<CheckResult> prefix = run(spec, slices.subList(0, 120));
            assertThat(whole.subList(0, 120)).isEqualTo(prefix);
        }
    }

    private static List<CheckResult> run(DetectorSpec spec, List<VersionSlice> slices) {
        Analyzer analyzer = analyzer(Metric.LATENCY_MEAN, spec, 1);
        List<CheckResult> results = new ArrayList<>();
        for (int i = 0; i < slices.size(); i++) {
            results.add(analyzer.assess(slice(i, slices.get(i))).get(0));
        }
        return results;
    }

    @Test
    void assess_intervalOfTenSeconds_judgesEveryTenth() {
        CheckSpec check = new CheckSpec("c", Metric.ERROR_RATE, FIVE_PERCENT, 1);
        Analyzer analyzer = new Analyzer(new AnalysisSpec(
                Duration.ofSeconds(10), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, List.of(check)));
        @Nullable Verdict last = null;
        for (int i = 0; i < 10; i++) {
            last = analyzer.assess(slice(i, errors(100, 100))).get(0).verdict();
            assertThat(last).isEqualTo(i < 9 ? Verdict.INSUFFICIENT : Verdict.BREACH);
        }
    }

    @Test
    void stats_window_forgetsWhatIsOlder() {
        Analyzer analyzer = analyzer(Metric.ERROR_RATE, FIVE_PERCENT, 1);
        for (int i = 0; i < 100; i++) {
            analyzer.assess(slice(i, errors(10, i < 30 ? 10 : 0)));
        }
        assertThat(analyzer.canary().requests()).isEqualTo(600);
        assertThat(analyzer.canary().errors()).isZero();
        assertThat(analyzer.stable().errorRate()).isNaN();
    }
}
