package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.backtest.SeriesBacktest.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SeriesBacktestTest {
    private static final String HEADER = "timestamp,response_time";
    private static final DetectorSpec AVERAGE = new DetectorSpec.MovingAverage(10, 3, Side.BOTH);

    static Stream<DetectorSpec> detectors() {
        return Stream.of(
                AVERAGE,
                new DetectorSpec.Ewma(0.3, 3, Side.ABOVE),
                new DetectorSpec.Decomposition(Duration.ofMinutes(20), 4, Side.BOTH),
                new DetectorSpec.Threshold(null, 90.0),
                new DetectorSpec.Stream());
    }

    private static List<Row> rows(DetectorSpec detector, List<String> lines) throws BadLine {
        SeriesBacktest backtest = new SeriesBacktest(detector, HEADER, null);
        List<Row> rows = new ArrayList<>();
        for (String line : lines) {
            rows.add(backtest.next(line));
        }
        return rows;
    }

    private static List<String> lines(int number, int spikeAt) {
        Random random = new Random(3);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            double value = i == spikeAt ? 500 : 50 + 10 * Math.sin(i * Math.PI / 10) + random.nextGaussian();
            lines.add((1_396_310_400L + 60L * i) + "," + value);
        }
        return lines;
    }

    @ParameterizedTest
    @MethodSource("detectors")
    void next_spike_isAnAnomalyForEveryDetector(DetectorSpec detector) throws BadLine {
        List<Row> rows = rows(detector, lines(400, 300));
        assertThat(rows.get(300).anomaly()).isTrue();
        assertThat(rows.get(300).score()).isBetween(0.5, 1.0);
        assertThat(rows.subList(0, 300))
                .allMatch(row -> row.score() < rows.get(300).score());
    }

    @ParameterizedTest
    @MethodSource("detectors")
    void next_prefix_isScoredAsInTheWhole(DetectorSpec detector) throws BadLine {
        List<Row> whole = rows(detector, lines(400, 300));
        assertThat(rows(detector, lines(250, 300))).isEqualTo(whole.subList(0, 250));
        assertThat(whole).allMatch(row -> row.score() >= 0 && row.score() <= 1);
    }

    @Test
    void next_movingAverage_doesNotCountTheJudgedPointAmongItsPast() throws BadLine {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            lines.add(i + "," + (50 + i % 2));
        }
        lines.add("10,54");
        Row last = rows(AVERAGE, lines).get(10);
        assertThat(last.anomaly()).isTrue();
        assertThat(last.timestamp()).isEqualTo("10");
        assertThat(last.value()).isEqualTo("54");
    }

    @Test
    void next_badLine_isNamedWithWhatWasExpected() throws BadLine {
        SeriesBacktest backtest = new SeriesBacktest(AVERAGE, HEADER, null);
        backtest.next("2014-04-01 00:00:00,1");
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> backtest.next("2014-04-01 00:05:00,slow"))
                .withMessage("line 3: response_time: slow (expected: a number)");
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> backtest.next("yesterday,1"))
                .withMessage("line 4: timestamp: yesterday (expected: " + RecordedTime.EXPECTED + ")");
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> backtest.next("2014-04-01 00:05:00"))
                .withMessage("line 5: 1 fields (expected: 2)");
    }

    @Test
    void new_columns_areFoundByName() throws BadLine {
        String header = "host,timestamp,cpu";
        assertThat(new SeriesBacktest(AVERAGE, header, "cpu").next("a,5,0.25").value())
                .isEqualTo("0.25");
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> new SeriesBacktest(AVERAGE, header, "memory"))
                .withMessage("line 1: no column of numbers is named memory (expected: one of host, cpu)");
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> new SeriesBacktest(AVERAGE, "time,cpu", null))
                .withMessage("line 1: time,cpu (expected: a header as timestamp,response_time)");
    }

    @Test
    void new_detectorOfTwoVersions_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new SeriesBacktest(new DetectorSpec.MannWhitney(0.98, 0.25, 1, Side.BOTH), HEADER, null))
                .withMessageContaining("mannWhitney compares two versions");
    }

    @Test
    void seconds_allFormsOfTime_areTheSameMoment() {
        for (String text : List.of(
                "1396310700",
                "1396310700.0",
                "2014-04-01 00:05:00",
                "2014-04-01T00:05:00",
                "2014-04-01T00:05:00Z",
                "2014-04-01 00:05:00.000000",
                "2014-04-01T02:05:00+02:00",
                "2014-03-31T19:05:00-05:00")) {
            assertThat(RecordedTime.seconds(text)).as(text).isEqualTo(1_396_310_700.0);
        }
        assertThat(RecordedTime.seconds("")).isNull();
        assertThat(RecordedTime.seconds("NaN")).isNull();
        assertThat(RecordedTime.seconds("2014-13-01 00:00:00")).isNull();
    }
}
