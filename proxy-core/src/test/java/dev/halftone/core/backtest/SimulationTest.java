package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Each of these was taken back while half a minute's mood of a version passed for a slowdown. */
    @ParameterizedTest
    @ValueSource(longs = {20081, 20279, 20477, 21218})
    void noChange_canaryStraysForHalfAMinute_isLeftAlone(long seed) {
        Simulation.Result result =
                new Simulation(Scenario.NO_CHANGE, 1000, 0.1, seed, 900, 900).run(DecisionTable.spec(false));

        assertThat(result.breach()).isNull();
    }

    /** Releases that were taken back as long as four times slower latencies faded in among the others, to a shape that no second had. */
    @ParameterizedTest
    @ValueSource(longs = {50073, 51039})
    void rampInIncident_bothFourTimesSlower_isLeftAlone(long seed) {
        Simulation.Result result =
                new Simulation(Scenario.RAMP_IN_INCIDENT, 1000, 0.1, seed, 1400, 900).run(DecisionTable.spec(false));

        assertThat(result.breach()).isNull();
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

    private static Simulation stated(double moreErrors, double slowdown, Service service, long seed) {
        return new Simulation(
                new Regression(Scenario.NO_CHANGE, moreErrors, slowdown), service, 200, 0.2, seed, 2_000, 600);
    }

    /** Errors of stable and canary, their medians in milliseconds, after the onset. */
    private static double[] played(Simulation simulation) {
        double[] sums = new double[6];
        AnalysisSpec watching = new AnalysisSpec(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 0, null, AnalysisSpec.OnBreach.ALERT, List.of());
        simulation.feed(new Replay(watching, 0, (slice, results) -> {
            if (slice.startNanos() >= 600_000_000_000L) {
                sums[0] += slice.stable().requests();
                sums[1] += slice.stable().errors();
                sums[2] += slice.stable().latency().quantileNanos(0.5) / 1e6;
                sums[3] += slice.canary().requests();
                sums[4] += slice.canary().errors();
                sums[5] += slice.canary().latency().quantileNanos(0.5) / 1e6;
            }
        }));
        return new double[] {sums[1] / sums[0], sums[4] / sums[3], sums[2] / 1400, sums[5] / 1400};
    }

    @Test
    void stated_serviceAndRegression_areWhatIsPlayed() {
        Service service = new Service(0.01, 80, 0, 0);
        double[] played = played(stated(0.02, 1.5, service, 4));
        // Three of ten failures are sent again, once to thrice.
        assertThat(played[0]).isBetween(0.012, 0.018);
        assertThat(played[1]).isBetween(0.040, 0.052);
        assertThat(played[2]).isBetween(70.0, 90.0);
        assertThat(played[3] / played[2]).isBetween(1.4, 1.6);
    }

    @Test
    void stated_noise_isWhatTheFactorSays() {
        double[] loads = new double[3];
        for (int noise = 0; noise < 3; noise++) {
            List<Double> seen = new ArrayList<>();
            Replay replay = new Replay(
                    DecisionTable.spec(false),
                    0,
                    (slice, results) -> seen.add((double) slice.stable().requests()));
            stated(0, 1, new Service(0, 35, noise, 0), 5).feed(replay);
            double mean = seen.stream().mapToDouble(x -> x).average().orElseThrow();
            loads[noise] = seen.stream()
                            .mapToDouble(x -> (x - mean) * (x - mean))
                            .average()
                            .orElseThrow()
                    / mean;
        }
        assertThat(loads[0]).isLessThan(loads[1] / 2);
        assertThat(loads[1]).isLessThan(loads[2] / 2);
    }

    @Test
    void struck_countsWhatTheRegressionDid() {
        Simulation.Result failing =
                stated(0.05, 1, new Service(0.01, 35, 1, 0), 6).run(DecisionTable.spec(false));
        assertThat(failing.struck()).isPositive().isLessThan(failing.harmed());
        assertThat(failing.struckUsers()).isPositive().isLessThanOrEqualTo(failing.struck());
        assertThat(stated(0, 1, new Service(0.01, 35, 1, 4), 6)
                        .run(DecisionTable.spec(false))
                        .struck())
                .isZero();
        Simulation.Result slow = stated(0, 1.2, new Service(0, 35, 1, 0), 6).run(DecisionTable.spec(false));
        assertThat((double) slow.struck())
                .as("every canary request since the onset")
                .isBetween(40 * slow.delaySeconds() * 0.4, 40 * slow.delaySeconds() * 1.6);
    }

    @Test
    void stated_sameSeed_sameRelease() {
        Service service = Service.of(Scenario.NO_CHANGE);
        assertThat(stated(0.02, 1.1, service, 3).run(DecisionTable.spec(true)))
                .isEqualTo(stated(0.02, 1.1, service, 3).run(DecisionTable.spec(true)))
                .isNotEqualTo(stated(0.02, 1.1, service, 4).run(DecisionTable.spec(true)));
    }
}
