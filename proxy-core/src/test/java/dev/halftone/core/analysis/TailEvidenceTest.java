package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TailEvidenceTest {
    @Test
    void judge_withinThePast_isTheRank() {
        TailEvidence evidence = new TailEvidence(1000);
        for (int i = 1; i <= 999; i++) {
            evidence.judge(i, 0);
        }
        assertThat(evidence.judge(500, 0)).isCloseTo(Math.log(2), within(0.01));
    }

    @Test
    void judge_shortPast_isNoEvidence() {
        TailEvidence evidence = new TailEvidence(100);
        for (int i = 0; i < 49; i++) {
            evidence.judge(1, 0);
        }
        assertThat(evidence.judge(1000, 0)).isZero();
        assertThat(evidence.judge(1000, 0)).isPositive();
        assertThat(evidence.judge(Double.NaN, 0)).isZero();
    }

    /** Figures with a power law's tail: the evidence e is exceeded about once in exp(e). */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void judge_powerLaw_isCalibrated(long seed) {
        Random random = new Random(seed);
        TailEvidence evidence = new TailEvidence(2000);
        int beyond = 0;
        int far = 0;
        for (int i = 0; i < 60_000; i++) {
            double e = evidence.judge(Math.pow(1 - random.nextDouble(), -0.5), 0);
            beyond += e > Math.log(100) ? 1 : 0;
            far += e > Math.log(5000) ? 1 : 0;
        }
        assertThat(beyond).isBetween(480, 720);
        assertThat(far).isBetween(3, 30);
    }

    @Test
    void judge_oldFigures_areForgotten() {
        TailEvidence evidence = new TailEvidence(100);
        for (int i = 0; i < 100; i++) {
            evidence.judge(1000 + i, 0);
        }
        for (int i = 0; i < 100; i++) {
            evidence.judge(1 + i / 100.0, 0);
        }
        assertThat(evidence.judge(900, 0)).isGreaterThan(20);
    }
}
