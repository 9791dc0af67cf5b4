package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Metric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialsTest {
    private static Simulation.Result rolledBack(double atSeconds, long struck) {
        CheckResult result =
                new CheckResult("errors", Metric.ERROR_RATE, "comparison", Verdict.BREACH, 1, 0, 10, "all failed");
        return new Simulation.Result(
                new Replay.Breach((long) (atSeconds * 1e9), result, 10, 10), 900, 0, 1, struck, struck / 2);
    }

    private static Simulation.Result unharmed() {
        return new Simulation.Result(null, 900, 0, 1, 80, 8);
    }

    private static Trials trials(boolean bad, List<Simulation.Result> results) {
        Trials trials = new Trials("some", bad, 3600);
        results.forEach(trials::add);
        return trials;
    }

    @Test
    void add_badReleases_giveDelaysAndHarmOfThoseNotRolledBackFalsely() {
        List<Simulation.Result> results = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            results.add(rolledBack(900 + 10.0 * i, 2L * i));
        }
        results.add(rolledBack(500, 99));
        results.add(unharmed());
        Collections.shuffle(results, new Random(1));
        Trials trials = trials(true, results);
        assertThat(trials.runs()).isEqualTo(10);
        assertThat(trials.falseRollbacks()).isEqualTo(1);
        assertThat(trials.falseSeconds()).containsExactly(500);
        assertThat(trials.judged()).isEqualTo(9);
        assertThat(trials.found()).isEqualTo(8);
        assertThat(trials.delaysSeconds()).containsExactly(10, 20, 30, 40, 50, 60, 70, 80);
        assertThat(trials.delaySeconds(0.5)).isEqualTo(50);
        assertThat(trials.delaySeconds(0.9)).isInfinite();
        assertThat(trials.struckRequests(0.5)).isEqualTo(10);
        assertThat(trials.struckUsers(0.9)).isEqualTo(8);
        assertThat(trials.harmlessDays()).isEqualTo(8600 / 86_400.0);
        assertThat(trials.checks()).containsEntry("errors", 9);
    }

    @Test
    void add_harmlessReleases_everyRollbackIsFalse() {
        Trials trials = trials(false, List.of(rolledBack(2000, 0), unharmed()));
        assertThat(trials.falseRollbacks()).isEqualTo(1);
        assertThat(trials.judged()).isZero();
        assertThat(trials.delaySeconds(0.5)).isNaN();
        assertThat(trials.harmlessDays()).isEqualTo(5600 / 86_400.0);
    }

    @ParameterizedTest
    @CsvSource({"0, 2.9957", "1, 4.7439", "2, 6.2958", "10, 16.9622"})
    void highestRate_isTheUpperLimitOfAPoissonRate(int rollbacks, double limit) {
        assertThat(Trials.highestRate(rollbacks, 1)).isCloseTo(limit, offset(1e-4));
        assertThat(Trials.highestRate(rollbacks, 4)).isCloseTo(limit / 4, offset(1e-4));
    }
}
