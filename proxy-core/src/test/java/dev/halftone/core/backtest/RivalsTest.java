package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The rules that the bench compares with do what their definitions say. */
class RivalsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int NEVER = -1;

    private static VersionSlice made(Random random, int requests, double errors, double millis) {
        long failed = 0;
        long[] latencies = new long[requests];
        for (int i = 0; i < requests; i++) {
            failed += random.nextDouble() < errors ? 1 : 0;
            latencies[i] = (long) (millis * 1e6 * Math.exp(0.3 * random.nextGaussian()));
        }
        return new VersionSlice(requests, failed, 0, LatencyCounts.ofNanos(latencies));
    }

    private static VersionSlice exact(int requests, int errors, int slow) {
        long[] latencies = new long[requests];
        Arrays.setAll(latencies, i -> i < slow ? 600_000_000L : 20_000_000L);
        return new VersionSlice(requests, errors, 0, LatencyCounts.ofNanos(latencies));
    }

    /** After how many seconds the judge takes the canary back; stable is well all the time. */
    private static int seconds(Judge judge, int most, IntFunction<VersionSlice> canary) {
        Random random = new Random(1);
        for (int second = 0; second < most; second++) {
            VersionSlice stable =
                    made(random, 40, 0.01, 20).withReported(Map.of("click", new Reported(100, 8 + random.nextInt(5))));
            if (judge.take(new RouteSlice(0, second * SECOND, (second + 1) * SECOND, stable, canary.apply(second)))) {
                return second + 1;
            }
        }
        return NEVER;
    }

    @Test
    void flagger_fiveMinutesThatMiss_inARowOrNot() {
        assertThat(seconds(new FlaggerRule(), 3600, second -> exact(100, 2, 0))).isEqualTo(480);
        assertThat(seconds(new FlaggerRule(), 3600, second -> exact(100, 0, 2))).isEqualTo(480);
        assertThat(seconds(new FlaggerRule(), 3600, second -> exact(100, second / 60 % 2 * 2, 0)))
                .as("every other minute")
                .isEqualTo(720);
        assertThat(seconds(new FlaggerRule(), 3600, second -> exact(100, 1, 1))).isEqualTo(NEVER);
        assertThat(seconds(new FlaggerRule(), 3600, second -> VersionSlice.EMPTY))
                .isEqualTo(NEVER);
    }

    @Test
    void mannWhitney_eachOfItsMetrics_atTheLookOfTheTenthMinute() {
        Random random = new Random(2);
        int firstLook = (3 + 10) * 60;
        assertThat(seconds(new MannWhitneyJudge(), 3600, second -> made(random, 20, 0.05, 20)))
                .isEqualTo(firstLook);
        assertThat(seconds(new MannWhitneyJudge(), 3600, second -> made(random, 20, 0.01, 30)))
                .isEqualTo(firstLook);
        assertThat(seconds(
                        new MannWhitneyJudge(),
                        3600,
                        second -> made(random, 20, 0.01, 20)
                                .withReported(Map.of("click", new Reported(100, 2 + random.nextInt(5))))))
                .isEqualTo(firstLook);
    }

    @Test
    void peekedTest_clearDifference_isFoundAtALook() {
        Random random = new Random(3);
        for (boolean mixture : new boolean[] {true, false}) {
            int errors = seconds(new PeekedTest(mixture), 3600, second -> made(random, 20, 0.05, 20));
            assertThat(errors).isBetween(190, 300);
            assertThat(errors % 10).isZero();
            assertThat(seconds(new PeekedTest(mixture), 3600, second -> made(random, 20, 0.01, 22)))
                    .isBetween(190, 300);
        }
    }

    /** Why one may not look at a test for one look: the same releases without a change. */
    @Test
    void peekedTest_nothingChanges_theOneForOneLookIsWrongMoreOften() {
        int forOne = 0;
        int forAny = 0;
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            PeekedTest one = new PeekedTest(false);
            PeekedTest any = new PeekedTest(true);
            boolean oneWrong = false;
            boolean anyWrong = false;
            for (int second = 0; second < 4000; second++) {
                RouteSlice slice = new RouteSlice(
                        0,
                        second * SECOND,
                        (second + 1) * SECOND,
                        made(random, 10, 0.02, 20),
                        made(random, 4, 0.02, 20));
                oneWrong |= one.take(slice);
                anyWrong |= any.take(slice);
            }
            forOne += oneWrong ? 1 : 0;
            forAny += anyWrong ? 1 : 0;
        }
        assertThat(forOne).isGreaterThanOrEqualTo(4);
        assertThat(forAny).isLessThanOrEqualTo(2);
    }
}
