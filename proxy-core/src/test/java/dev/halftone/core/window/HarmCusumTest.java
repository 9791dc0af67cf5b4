package dev.halftone.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HarmCusumTest {
    private static final HarmCusum.Limits STANDARD = new HarmCusum.Limits(0.01, 0.2, 13.8);

    private static void ask(HarmCusum cusum, boolean failed, long user, int stable, int stableErrors) {
        cusum.take(1, failed ? 1 : 0, stable, stableErrors);
        if (failed) {
            cusum.failedUser(user);
        }
    }

    @Test
    void trip_totalFailure_afterAHandful() {
        HarmCusum cusum = new HarmCusum(STANDARD);
        int harmed = 0;
        while (cusum.trip() == null) {
            ask(cusum, true, harmed++, 19, 0);
        }
        assertThat(harmed).isBetween(4, 5);
    }

    @Test
    void trip_withoutStable_needsNoComparison() {
        HarmCusum cusum = new HarmCusum(STANDARD);
        for (int i = 0; i < 100; i++) {
            ask(cusum, false, 0, 0, 0);
        }
        int harmed = 0;
        while (cusum.trip() == null) {
            ask(cusum, true, harmed++, 0, 0);
        }
        assertThat(harmed).isBetween(4, 5);
    }

    @Test
    void trip_moreUsersAskedFor_waitsForThem() {
        HarmCusum cusum = new HarmCusum(new HarmCusum.Limits(0.01, 0.2, 13.8, 20));
        for (int i = 0; i < 500; i++) {
            ask(cusum, true, i % 19, 19, 0);
        }
        assertThat(cusum.trip()).isNull();
        ask(cusum, true, 19, 19, 0);
        assertThat(cusum.trip()).isNotNull();
    }

    @Test
    void trip_threeUsers_neverHoweverOftenTheyFail() {
        HarmCusum cusum = new HarmCusum(STANDARD);
        for (int i = 0; i < 1000; i++) {
            ask(cusum, true, i % 3, 19, 0);
        }
        assertThat(cusum.trip()).isNull();
        ask(cusum, true, 3, 19, 0);
        assertThat(cusum.trip()).isNotNull();
    }

    @Test
    void trip_incidentOfBoth_isNobodysFault() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            HarmCusum cusum = new HarmCusum(STANDARD);
            double failing = 0.05 + 0.95 * random.nextDouble();
            for (int i = 0; i < 300; i++) {
                int stableErrors = 0;
                for (int j = 0; j < 9; j++) {
                    stableErrors += random.nextDouble() < failing ? 1 : 0;
                }
                ask(cusum, random.nextDouble() < failing, i, 9, stableErrors);
                assertThat(cusum.trip())
                        .as("seed %d, %s failing", seed, failing)
                        .isNull();
            }
        }
    }

    /** The bound of the class at exactly the good share: with h = 7 it is 2·e^-7·1000·ln(1+n/1000) = 1.26 at 1000; so h = 9. */
    @Test
    void trip_atTheGoodShare_withinTheBound() {
        double threshold = 9;
        int runs = 1500;
        int n = 1000;
        int trips = 0;
        for (int seed = 0; seed < runs; seed++) {
            Random random = new Random(seed);
            HarmCusum cusum = new HarmCusum(new HarmCusum.Limits(0.01, 0.2, threshold));
            for (int i = 0; i < n && cusum.trip() == null; i++) {
                ask(cusum, random.nextDouble() < 0.01, i, 0, 0);
            }
            trips += cusum.trip() == null ? 0 : 1;
        }
        double bound = 2 * Math.exp(-threshold) * 1000 * Math.log1p(n / 1000.0);
        assertThat((double) trips / runs).isLessThanOrEqualTo(bound);
        assertThat(trips).as("a bound that nothing comes near proves nothing").isPositive();
    }
}
