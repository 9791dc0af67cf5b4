package dev.halftone.core.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The test of the split: right by hand, rarely wrong however often it is asked, and quick where something is lost. */
class SampleRatioTest {
    private static final List<Double> HALVES = List.of(0.5, 0.5);

    /** Each user's factor one after the other: the chance that the mixture gave it over the chance that the shares did. */
    @Test
    void logEvidence_isTheProductOfTheUsersFactors() {
        SplittableRandom random = new SplittableRandom(4);
        List<Double> shares = List.of(0.5, 0.3, 0.2);
        long[] counts = new long[3];
        double expected = 0;
        for (int i = 0; i < 2000; i++) {
            double draw = random.nextDouble();
            int at = draw < 0.4 ? 0 : draw < 0.75 ? 1 : 2;
            expected += Math.log((1000 * shares.get(at) + counts[at]) / (1000.0 + i) / shares.get(at));
            counts[at]++;
        }
        assertThat(SampleRatio.logEvidence(counts, shares)).isCloseTo(expected, within(1e-8));
    }

    @Test
    void logEvidence_rightShares_lookedAtAfterEachUser_rarelyPasses() {
        int passed = 0;
        int runs = 1000;
        for (int run = 0; run < runs; run++) {
            SplittableRandom random = new SplittableRandom(run);
            long[] counts = new long[2];
            double most = 0;
            for (int i = 0; i < 3000; i++) {
                counts[random.nextInt(2)]++;
                most = Math.max(most, SampleRatio.logEvidence(counts, HALVES));
            }
            passed += most >= Math.log(20) ? 1 : 0;
        }
        assertThat(passed).as("of %s, at a chance of 5 %%", runs).isLessThanOrEqualTo(runs / 20);
    }

    private static int usersUntilAlarm(double share, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] counts = new long[2];
        for (int users = 1; users <= 1_000_000; users++) {
            counts[random.nextDouble() < share ? 0 : 1]++;
            if (users % 100 == 0 && SampleRatio.logEvidence(counts, HALVES) >= Math.log(2000)) {
                return users;
            }
        }
        return Integer.MAX_VALUE;
    }

    @Test
    void logEvidence_lostUsers_isSeenSoon() {
        for (long seed = 1; seed <= 20; seed++) {
            assertThat(usersUntilAlarm(2.0 / 3, seed)).isLessThan(1_000);
            assertThat(usersUntilAlarm(0.51, seed)).isLessThan(120_000);
        }
    }

    @Test
    void of_knownValues_areMet() {
        double factorials = 0;
        for (int n = 1; n < 170; n++) {
            assertThat(LogGamma.of(n)).isCloseTo(factorials, within(1e-11 * Math.max(1, factorials)));
            factorials += Math.log(n);
        }
        assertThat(LogGamma.of(0.5)).isCloseTo(0.5 * Math.log(Math.PI), within(1e-12));
    }
}
