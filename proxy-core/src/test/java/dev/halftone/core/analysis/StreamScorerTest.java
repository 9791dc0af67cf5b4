package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.SeriesScorer.Score;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamScorerTest {
    private static final double STEP_SECONDS = 300;

    private static List<Score> scores(double... values) {
        StreamScorer scorer = new StreamScorer();
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            scores.add(scorer.next(i * STEP_SECONDS, values[i]));
        }
        return scores;
    }

    private static List<Integer> anomalies(List<Score> scores) {
        return IntStream.range(0, scores.size())
                .filter(i -> scores.get(i).isAnomaly())
                .boxed()
                .toList();
    }

    private static double[] daily(long seed, int length) {
        Random random = new Random(seed);
        return IntStream.range(0, length)
                .mapToDouble(i -> 100 + 30 * Math.sin(2 * Math.PI * i / 288) + 3 * random.nextGaussian())
                .toArray();
    }

    @Test
    void next_outage_isToldOnceAtItsStart() {
        double[] values = daily(5, 2500);
        for (int i = 2000; i < 2030; i++) {
            values[i] = 2;
        }
        List<Integer> anomalies = anomalies(scores(values));
        assertThat(anomalies.stream().filter(at -> at >= 2000 && at < 2060).toList())
                .hasSize(1)
                .allMatch(at -> at < 2006);
        assertThat(anomalies.stream().filter(at -> at >= 288 && at < 2000))
                .as("after the first day")
                .isEmpty();
    }

    @Test
    void next_constantSeries_isNeverUnusual() {
        double[] values = new double[1000];
        java.util.Arrays.fill(values, 42);
        assertThat(scores(values)).allMatch(score -> score.score() == 0 && !score.isAnomaly());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void next_anySeries_neverReadsTheFutureAndStaysInRange(long seed) {
        Random random = new Random(seed);
        double[] values = random.doubles(900)
                .map(value -> random.nextInt(100) == 0 ? value * 1e6 : value)
                .toArray();
        List<Score> whole = scores(values);
        List<Score> prefix = scores(java.util.Arrays.copyOf(values, 500));
        assertThat(whole.subList(0, 500)).isEqualTo(prefix);
        assertThat(whole).allMatch(score -> score.score() >= 0 && score.score() < 1);
        assertThat(whole).allMatch(score -> score.isAnomaly() == score.score() >= SeriesScorer.ANOMALY);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void next_anotherUnit_changesNothing(long seed) {
        double[] values = daily(seed, 800);
        values[700] = 300;
        double[] other =
                java.util.Arrays.stream(values).map(value -> 1024 * value).toArray();
        assertThat(anomalies(scores(other))).isEqualTo(anomalies(scores(values)));
    }

    @Test
    void next_extremeNumbers_giveScores() {
        double[] values = daily(9, 400);
        values[200] = Double.MAX_VALUE / 4;
        values[300] = -Double.MAX_VALUE / 4;
        assertThat(scores(values)).allMatch(score -> score.score() >= 0 && score.score() < 1);
    }

    /** A recorded trace: the taxi rides of New York; marathon, Thanksgiving, Christmas, New Year and a blizzard are labelled. */
    @Test
    void next_taxiRides_givesTheAlarmsRecorded() throws IOException {
        NabFile file = NabFile.named("realKnownCause/nyc_taxi.csv");
        StreamScorer scorer = new StreamScorer();
        List<Integer> alarms = new ArrayList<>();
        for (int i = 0; i < file.values().size(); i++) {
            if (scorer.next(file.seconds().get(i), file.values().get(i)).isAnomaly()) {
                alarms.add(i);
            }
        }
        assertThat(alarms).containsExactly(81, 387, 3261, 5954, 8553, 8833, 10077);
    }
}
