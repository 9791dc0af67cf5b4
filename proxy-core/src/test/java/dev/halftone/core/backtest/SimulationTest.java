package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static Simulation.Result run(Scenario scenario, double rate, long seed, int seconds) {
        return new Simulation(scenario, rate, 0.05, seed, seconds, 600).run(DecisionTable.spec(true));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    @Test
    void totalFailure_atTenASecond_endsAfterAHandful() {
        List<Double> harmed = new ArrayList<>();
        for (long seed = 0; seed < 5; seed++) {
            harmed.add((double) run(Scenario.TOTAL_FAILURE, 200, seed, 900).harmed());
        }
        assertThat(median(harmed)).isLessThanOrEqualTo(8);
    }

    @Test
    void medianUpByHalf_isFoundWithinAMinute() {
        List<Double> delays = new ArrayList<>();
        for (long seed = 0; seed < 5; seed++) {
            delays.add(run(Scenario.MEDIAN_50, 200, seed, 1200).delaySeconds());
        }
        assertThat(median(delays)).isBetween(0.0, 60.0);
    }

    @Test
    void harmlessTrouble_ofAnyKind_isLeftAlone() {
        for (Scenario scenario : Scenario.values()) {
            if (!scenario.isBad()) {
                for (long seed = 0; seed < 3; seed++) {
                    assertThat(run(scenario, 60, seed, 2400).breach())
                            .as("%s, seed %d", scenario, seed)
                            .isNull();
                }
            }
        }
    }

    @Test
    void sameSeed_sameRelease() {
        assertThat(run(Scenario.ERRORS_ONE_TO_THREE, 60, 3, 2000))
                .isEqualTo(run(Scenario.ERRORS_ONE_TO_THREE, 60, 3, 2000));
    }

    @Test
    void noChange_meansAreThoseOfTheModel() {
        double[] sums = new double[4];
        Replay replay = new Replay(DecisionTable.spec(false), 0, (slice, results) -> {
            sums[0] += slice.stable().requests();
            sums[1] += slice.stable().errors();
            sums[2] += slice.canary().requests();
            sums[3] += slice.stable().latency().quantileNanos(0.5)
                    * 1e-6
                    * slice.stable().requests();
        });
        new Simulation(Scenario.NO_CHANGE, 200, 0.05, 5, 6_000, 600).feed(replay);
        assertThat(sums[2] / (sums[0] + sums[2])).isBetween(0.04, 0.06);
        assertThat(sums[1] / sums[0]).isBetween(0.0008, 0.012);
        assertThat(sums[3] / sums[0]).isBetween(30.0, 60.0);
    }
}
