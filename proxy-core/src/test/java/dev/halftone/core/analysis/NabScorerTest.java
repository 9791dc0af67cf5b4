package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.halftone.core.analysis.NabScorer.Window;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class NabScorerTest {
    private static final List<Window> WINDOW = List.of(new Window(400, 499));

    private static double score(int... alarms) {
        BitSet set = new BitSet();
        for (int alarm : alarms) {
            set.set(alarm);
        }
        NabScorer scorer = new NabScorer();
        scorer.add(1000, WINDOW, set);
        return scorer.normalized();
    }

    @Test
    void normalized_perfectAndSilent_areHundredAndZero() {
        assertThat(score(400)).isCloseTo(100, within(1e-9));
        assertThat(score()).isZero();
    }

    @Test
    void normalized_laterInTheWindow_isLess_andOnlyTheFirstCounts() {
        assertThat(score(450)).isLessThan(score(420)).isGreaterThan(score(495));
        assertThat(score(420, 430, 495)).isEqualTo(score(420));
    }

    @Test
    void normalized_wrongAlarms_costByDistanceFromTheWindowBefore() {
        assertThat(score(300)).isCloseTo(-5.5, within(1e-9));
        assertThat(score(990)).isCloseTo(-5.5, within(1e-9));
        assertThat(score(501)).isBetween(-1.0, 0.0);
    }

    @Test
    void normalized_probationaryPart_countsForNothing() {
        assertThat(score(10, 149)).isZero();
        assertThat(score(150)).isNegative();
    }
}
