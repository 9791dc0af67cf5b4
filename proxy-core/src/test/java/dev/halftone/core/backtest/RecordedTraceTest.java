package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.Metric;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each detector on recorded requests that go bad at second 240: the second at which it takes the release back, as it was when the trace was
 * recorded. {@code decomposition} and {@code stream} have recorded series of their own, as they need more than eight minutes.
 */
class RecordedTraceTest {
    private static final double NEVER = Double.NaN;

    static Stream<Arguments> verdicts() {
        DetectorSpec comparison = DetectorSpec.Comparison.standard(Side.ABOVE);
        DetectorSpec average = new DetectorSpec.MovingAverage(10, 3, Side.ABOVE);
        DetectorSpec ewma = new DetectorSpec.Ewma(0.3, 3, Side.ABOVE);
        DetectorSpec mannWhitney = new DetectorSpec.MannWhitney(0.98, 0.25, 1.2, Side.ABOVE);
        return Stream.of(
                Arguments.of("slower", Metric.LATENCY_MEAN, comparison, 5, 305.0),
                Arguments.of("failing", Metric.ERROR_RATE, comparison, 1, 255.0),
                Arguments.of("slower", Metric.ERROR_RATE, comparison, 1, NEVER),
                Arguments.of("failing", Metric.ERROR_RATE, DetectorSpec.Cusum.STANDARD, 1, 253.0),
                Arguments.of("slower", Metric.ERROR_RATE, DetectorSpec.Cusum.STANDARD, 1, NEVER),
                Arguments.of("failing", Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.05), 1, 257.0),
                Arguments.of("slower", Metric.LATENCY_P50, new DetectorSpec.Threshold(null, 50.0), 1, 267.0),
                Arguments.of("slower", Metric.LATENCY_MEAN, average, 3, 244.0),
                Arguments.of("slower", Metric.LATENCY_P90, ewma, 5, 270.0),
                Arguments.of("failing", Metric.ERROR_RATE, ewma, 5, 269.0),
                // Misled by the cold start, of which it does not know.
                Arguments.of("slower", Metric.LATENCY_MEAN, mannWhitney, 20, 47.0),
                Arguments.of("failing", Metric.ERROR_RATE, mannWhitney, 20, 271.0));
    }

    private static Replay.@Nullable Breach breach(String trace, AnalysisSpec spec) throws IOException {
        Replay replay = new Replay(spec, 0);
        String name = "/traces/" + trace + ".csv";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RecordedTraceTest.class.getResourceAsStream(name), name),
                StandardCharsets.UTF_8))) {
            RecordedRequests.play(lines, replay);
        }
        return replay.breach();
    }

    private static AnalysisSpec spec(@Nullable Long harmBudget, List<CheckSpec> checks) {
        return new AnalysisSpec(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 10, harmBudget, OnBreach.ROLLBACK, checks);
    }

    private static double seconds(Replay.@Nullable Breach breach) {
        return breach == null ? NEVER : breach.atNanos() / 1e9;
    }

    @ParameterizedTest
    @MethodSource("verdicts")
    void replay_recordedRequests_areTakenBackWhenTheyWere(
            String trace, Metric metric, DetectorSpec detector, int consecutive, Double atSeconds) throws IOException {
        CheckSpec check = new CheckSpec("check", metric, detector, consecutive);
        Double found = seconds(breach(trace, spec(null, List.of(check))));
        assertThat(found).isEqualTo(atSeconds);
    }

    @Test
    void replay_failingCanary_usesUpItsBudget() throws IOException {
        Replay.Breach breach = Objects.requireNonNull(breach("failing", spec(20L, List.of())));
        assertThat(seconds(breach)).isEqualTo(256.0);
        assertThat(breach.result().check()).isEqualTo("harm-budget");
    }

    @Test
    void replay_defaultChecks_takeBothBackAndNameTheCause() throws IOException {
        Replay.Breach slower = Objects.requireNonNull(breach("slower", AnalysisSpec.DEFAULT));
        assertThat(seconds(slower)).isEqualTo(301.0);
        assertThat(slower.result().check()).isEqualTo("latency");
        Replay.Breach failing = Objects.requireNonNull(breach("failing", AnalysisSpec.DEFAULT));
        assertThat(seconds(failing)).isEqualTo(253.0);
        assertThat(failing.result().check()).isEqualTo("too-many-errors");
    }
}
