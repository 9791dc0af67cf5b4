package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.VersionSlice;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecompositionDetectorTest {
    private static final Duration DAY = Duration.ofHours(24);
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private static DecompositionDetector detector(double sigma) {
        return new DecompositionDetector(
                Metric.REQUEST_RATE, new DetectorSpec.Decomposition(DAY, sigma, Side.BOTH), 50);
    }

    /** Requests of one interval, with the shape of a day and chance. */
    private static long requests(Random random, int interval, int perDay, double level) {
        double mean = level * (1.5 + Math.sin(2 * Math.PI * interval / perDay));
        return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }

    private static Judgement judge(DecompositionDetector detector, long requests, long nanos) {
        Point point = Point.EMPTY.plus(new VersionSlice(requests, 0, 0, LatencyCounts.EMPTY), nanos);
        return detector.judge(point, new SlidingWindow(nanos));
    }

    @Test
    void judge_nightTrafficAtNoon_breachesThoughEveryNightHasIt() {
        Random random = new Random(1);
        DecompositionDetector detector = detector(6);
        int perDay = 288;
        for (int i = 0; i < 4 * perDay; i++) {
            Verdict verdict = judge(detector, requests(random, i, perDay, 3000), 5 * MINUTE_NANOS)
                    .verdict();
            assertThat(verdict).isEqualTo(i < 2 * perDay + 24 ? Verdict.INSUFFICIENT : Verdict.HEALTHY);
        }
        for (int i = 0; i < 72; i++) {
            judge(detector, requests(random, i, perDay, 3000), 5 * MINUTE_NANOS);
        }
        Judgement noon = judge(detector, 1500, 5 * MINUTE_NANOS);
        assertThat(noon.verdict()).isEqualTo(Verdict.BREACH);
        assertThat(noon.why())
                .startsWith("the canary's request rate is 5 requests/s; trend and season give 2")
                .contains("limit 2");
    }

    @Test
    void judge_intervalsOfASecond_areGatheredToFiveMinutes() {
        DecompositionDetector detector = detector(6);
        int judged = 0;
        for (int i = 0; i < 3000; i++) {
            judge(detector, 10, 1_000_000_000L);
            judged += detector.judgedAnew() ? 1 : 0;
        }
        assertThat(judged).isEqualTo(10);
    }

    @Test
    void judge_intervalThatDividesNoPoint_keepsThePeriod() {
        DecompositionDetector detector = new DecompositionDetector(
                Metric.REQUEST_RATE, new DetectorSpec.Decomposition(Duration.ofHours(1), 6, Side.BOTH), 50);
        int judged = 0;
        for (int seconds = 0; seconds < 36_000; seconds += 7) {
            judge(detector, 70, 7_000_000_000L);
            judged += detector.judgedAnew() ? 1 : 0;
        }
        assertThat(judged).as("ten periods of 288 points").isBetween(2879, 2881);
    }

    @Test
    void judge_newLevel_isTheNormInTheEnd() {
        Random random = new Random(2);
        DecompositionDetector detector = detector(8);
        int perDay = 96;
        Verdict last = Verdict.INSUFFICIENT;
        int breaches = 0;
        for (int i = 0; i < 16 * perDay; i++) {
            double level = i < 5 * perDay ? 3000 : 3600;
            last = judge(detector, requests(random, i, perDay, level), 15 * MINUTE_NANOS)
                    .verdict();
            breaches += last == Verdict.BREACH ? 1 : 0;
        }
        assertThat(breaches).isPositive();
        assertThat(last).isEqualTo(Verdict.HEALTHY);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void judge_nothingChanges_seldomBreachesAndNeverReadsTheFuture(long seed) {
        List<Verdict> whole = verdicts(seed, 20 * 96);
        assertThat(whole.subList(0, 10 * 96)).isEqualTo(verdicts(seed, 10 * 96));
        assertThat(whole.stream().filter(verdict -> verdict == Verdict.BREACH).count())
                .as("of 1700 points at six standard deviations")
                .isLessThanOrEqualTo(1);
    }

    private static List<Verdict> verdicts(long seed, int intervals) {
        Random random = new Random(seed);
        DecompositionDetector detector = detector(6);
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < intervals; i++) {
            verdicts.add(judge(detector, requests(random, i, 96, 3000), 15 * MINUTE_NANOS)
                    .verdict());
        }
        return verdicts;
    }

    /** A recorded trace: a made-up daily series with a jump in its middle days, labelled from value 2787 on. */
    @Test
    void forecast_dailySeriesThatJumps_givesTheAlarmsRecorded() throws IOException {
        NabFile file = NabFile.named("artificialWithAnomaly/art_daily_jumpsup.csv");
        SeasonalForecast forecast = new SeasonalForecast(288);
        List<Integer> alarms = new ArrayList<>();
        for (int i = 0; i < file.values().size(); i++) {
            double expected = forecast.next();
            Double spread = forecast.spread();
            boolean alarm = spread != null && Math.abs(file.values().get(i) - expected) > 12 * spread;
            forecast.add(file.values().get(i), !alarm);
            if (alarm) {
                alarms.add(i);
            }
        }
        assertThat(alarms).startsWith(2988, 2989, 2990).endsWith(3130, 3131).hasSize(141);
    }
}
