package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long each check says nothing, as promised and as it is under traffic that lacks nothing. */
class CheckSpecTest {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final int LONGEST_SECONDS = 4000;

    private static DetectorSpec detector(String name) {
        return switch (name) {
            case "comparison" -> DetectorSpec.Comparison.standard(Side.ABOVE);
            case "movingAverage" -> new DetectorSpec.MovingAverage(30, 3, Side.ABOVE);
            case "ewma" -> new DetectorSpec.Ewma(0.3, 3, Side.ABOVE);
            case "stream" -> new DetectorSpec.Stream();
            case "decomposition" -> new DetectorSpec.Decomposition(Duration.ofMinutes(10), 3, Side.ABOVE);
            case "mannWhitney" -> new DetectorSpec.MannWhitney(0.98, 0.25, 1, Side.ABOVE);
            default -> new DetectorSpec.Threshold(null, 1e9);
        };
    }

    private static VersionSlice slice(Random random) {
        long[] nanos = new long[100];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = 10_000_000L + random.nextInt(5_000_000);
        }
        return new VersionSlice(nanos.length, 0, 0, LatencyCounts.ofNanos(nanos));
    }

    /** Seconds until it first says something, or -1. */
    private static int secondsOfSilence(AnalysisSpec spec) {
        Analyzer analyzer = new Analyzer(spec);
        Random random = new Random(7);
        for (int i = 0; i < LONGEST_SECONDS; i++) {
            RouteSlice both = new RouteSlice(0, i * SLICE_NANOS, (i + 1) * SLICE_NANOS, slice(random), slice(random));
            if (analyzer.assess(both).get(0).verdict() != Verdict.INSUFFICIENT) {
                return i + 1;
            }
        }
        return -1;
    }

    @ParameterizedTest
    @CsvSource({
        "threshold, 1, 60, 0",
        "comparison, 1, 60, 180",
        "movingAverage, 1, 60, 30",
        "movingAverage, 10, 60, 300",
        "ewma, 1, 60, 20",
        "ewma, 5, 60, 100",
        "stream, 1, 60, 300",
        "decomposition, 1, 60, 1200",
        "mannWhitney, 1, 60, 5",
        "mannWhitney, 15, 61, 75",
        "mannWhitney, 15, 60, -1",
        "mannWhitney, 60, 60, -1"
    })
    void silence_ofEachDetector_isNoLongerThanItIs(String name, int interval, int window, int seconds) {
        CheckSpec check = new CheckSpec("c", Metric.LATENCY_MEAN, detector(name), 1);
        Duration every = Duration.ofSeconds(interval);
        Duration over = Duration.ofSeconds(window);
        AnalysisSpec spec = new AnalysisSpec(every, over, 50, OnBreach.ROLLBACK, List.of(check));

        if (seconds < 0) {
            assertThat(check.silence(every, over)).isNull();
            assertThat(secondsOfSilence(spec)).isEqualTo(-1);
        } else {
            assertThat(Objects.requireNonNull(check.silence(every, over)).toSeconds())
                    .isEqualTo(seconds);
            assertThat(secondsOfSilence(spec)).isBetween(seconds, seconds + 2 * interval + seconds / 10);
        }
    }
}
