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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MannWhitneyDetectorTest {
    private static final long SLICE_NANOS = 1_000_000_000L;

    private static Analyzer analyzer(double effect, Duration window) {
        DetectorSpec spec = new DetectorSpec.MannWhitney(0.98, 0.25, effect, Side.ABOVE);
        CheckSpec check = new CheckSpec("c", Metric.LATENCY_MEAN, spec, 1);
        return new Analyzer(new AnalysisSpec(Duration.ofSeconds(1), window, 50, OnBreach.ROLLBACK, List.of(check)));
    }

    private static VersionSlice slice(Random random, double factor) {
        long[] nanos = random.doubles(20)
                .mapToLong(value -> (long) (factor * (10e6 + 20e6 * value * value)))
                .toArray();
        return new VersionSlice(nanos.length, 0, 0, LatencyCounts.ofNanos(nanos));
    }

    private static List<CheckResult> results(Analyzer analyzer, long seed, int slices, int from, double factor) {
        Random random = new Random(seed);
        List<CheckResult> results = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            VersionSlice canary = slice(random, i < from ? 1 : factor);
            RouteSlice both = new RouteSlice(0, i * SLICE_NANOS, (i + 1) * SLICE_NANOS, slice(random, 1), canary);
            results.add(analyzer.assess(both).get(0));
        }
        return results;
    }

    private static int firstBreach(List<CheckResult> results) {
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).verdict() == Verdict.BREACH) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void judge_slowerCanary_breachesAndSaysBothMedians() {
        List<CheckResult> results = results(analyzer(1, Duration.ofSeconds(60)), 4, 120, 60, 2);
        int at = firstBreach(results);
        assertThat(at).isBetween(66, 90);
        assertThat(results.get(at).why())
                .contains("medians of 60 and 60 points")
                .endsWith("a clear difference");
    }

    @Test
    void judge_tooFewPoints_isInsufficient() {
        List<CheckResult> results = results(analyzer(1, Duration.ofSeconds(60)), 4, 4, 0, 5);
        assertThat(results.get(3).verdict()).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(results.get(3).why()).isEqualTo("4 points of the canary and 4 of stable; 5 of each are needed");
    }

    @Test
    void judge_effectBelowTheAllowed_passes() {
        assertThat(firstBreach(results(analyzer(2.5, Duration.ofSeconds(60)), 4, 300, 60, 2)))
                .isEqualTo(-1);
    }

    @Test
    void judge_longWindow_isComparedInSixtyPoints() {
        List<CheckResult> results = results(analyzer(1, Duration.ofMinutes(10)), 4, 900, 0, 1);
        assertThat(results.get(899).why()).contains("medians of 60 and 60 points");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void assess_prefix_isAsInTheWhole(long seed) {
        List<CheckResult> whole = results(analyzer(1, Duration.ofSeconds(60)), seed, 200, 150, 1.2);
        assertThat(whole.subList(0, 120)).isEqualTo(results(analyzer(1, Duration.ofSeconds(60)), seed, 120, 150, 1.2));
    }
}
