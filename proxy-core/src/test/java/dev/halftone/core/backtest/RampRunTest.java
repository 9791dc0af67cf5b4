package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.rollout.Hooks;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.RollingCourse;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RampRunTest {
    private static final List<RollingCourse.Instance> INSTANCES =
            List.of(new RollingCourse.Instance("a:1", 1), new RollingCourse.Instance("b:1", 1));
    private static final AnalysisSpec UNJUDGED = spec(OnBreach.ROLLBACK);

    private static AnalysisSpec spec(OnBreach onBreach, CheckSpec... checks) {
        return new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, onBreach, List.of(checks));
    }

    private static CheckSpec tenPercent() {
        return new CheckSpec("many", Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.1), 1);
    }

    private static Simulation release(Scenario scenario, long seed, int seconds, int onset) {
        return new Simulation(scenario, 100, 0, seed, seconds, onset);
    }

    private static RampRun.Result played(Ramp ramp, AnalysisSpec spec, Scenario scenario, int seconds, int onset) {
        return RampRun.play(ramp, spec, release(scenario, 1, seconds, onset));
    }

    private static Ramp planned(Duration deadline, Step... steps) {
        return new Ramp("own", new Plan("canary", new StepCourse(List.of(steps)), deadline, List.of()));
    }

    private static Step.At at(int percent, int seconds) {
        return new Step.At(new Ratio(percent * 100), Duration.ofSeconds(seconds), 1);
    }

    @Test
    void play_goodRelease_isPromotedAlongEachRamp() {
        for (String name : List.of("auto", "fixed2m", "canary10percent5minutes", "linear20percentEvery1minute")) {
            RampRun.Result result = played(Ramp.named(name, 50), AnalysisSpec.DEFAULT, Scenario.NO_CHANGE, 7200, 0);
            assertThat(result.phase()).as(name).isEqualTo(Phase.PROMOTED);
            assertThat(result.check()).isEmpty();
            assertThat(result.struck()).isZero();
            assertThat(result.changes().get(result.changes().size() - 1).ratio())
                    .isEqualTo(Ratio.ALL);
        }
    }

    @Test
    void play_stepsThatNothingHolds_takeExactlyTheirHolds() {
        RampRun.Result result = played(
                planned(Duration.ofHours(24), at(1, 30), at(10, 60), at(100, 45)),
                UNJUDGED,
                Scenario.NO_CHANGE,
                600,
                0);
        assertThat(result.changes())
                .containsExactly(
                        new RampRun.Change(0, new Ratio(100)),
                        new RampRun.Change(30, new Ratio(1000)),
                        new RampRun.Change(90, Ratio.ALL));
        assertThat(result.everybodySeconds()).isEqualTo(90);
        assertThat(result.endSeconds()).isEqualTo(135);
    }

    @Test
    void play_share_isTheRatioInForce() {
        RampRun.Result result = played(
                planned(Duration.ofHours(24), at(1, 100), at(50, 100), at(100, 100)),
                UNJUDGED,
                Scenario.NO_CHANGE,
                600,
                0);
        double hundredSeconds = result.met() / (0.01 + 0.5 + 1);
        assertThat(hundredSeconds).isBetween(100 * 100 * 0.4, 100 * 100 * 1.8);
        assertThat(played(planned(Duration.ofHours(24), at(1, 300)), UNJUDGED, Scenario.NO_CHANGE, 300, 0)
                        .met())
                .isBetween(100L, 600L);
    }

    @Test
    void play_badRelease_isRolledBackAtTheBreachAndNobodyStays() {
        RampRun.Result result =
                played(Ramp.named("fixed2m", 50), AnalysisSpec.DEFAULT, Scenario.TOTAL_FAILURE, 3600, 200);
        assertThat(result.phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(result.isStopped()).isTrue();
        assertThat(result.check()).isEqualTo("too-many-errors");
        assertThat(result.endSeconds()).isBetween(200.0, 210.0);
        assertThat(result.changes().get(result.changes().size() - 1))
                .isEqualTo(new RampRun.Change(result.endSeconds(), Ratio.NONE));
        assertThat(result.failed()).isPositive().isLessThanOrEqualTo(result.met());
        assertThat(result.struck()).isPositive();
        assertThat(result.struckUsers()).isPositive();
        assertThat(result.everybodySeconds()).isInfinite();
    }

    @Test
    void play_breachThatIsOnlyTold_raisesNothing() {
        RampRun.Result result = played(
                planned(Duration.ofHours(24), at(10, 60), at(25, 60), at(50, 60), at(100, 60)),
                spec(OnBreach.ALERT, tenPercent()),
                Scenario.TOTAL_FAILURE,
                900,
                90);
        assertThat(result.phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(result.endSeconds()).isEqualTo(900);
        assertThat(result.changes())
                .containsExactly(new RampRun.Change(0, new Ratio(1000)), new RampRun.Change(60, new Ratio(2500)));
    }

    @Test
    void play_breachThatPauses_endsThere() {
        RampRun.Result result = played(
                planned(Duration.ofHours(24), at(25, 300), at(100, 60)),
                spec(OnBreach.PAUSE, tenPercent()),
                Scenario.TOTAL_FAILURE,
                900,
                90);
        assertThat(result.phase()).isEqualTo(Phase.PAUSED);
        assertThat(result.isStopped()).isTrue();
        assertThat(result.check()).isEqualTo("many");
        assertThat(result.endSeconds()).isBetween(90.0, 150.0);
    }

    @Test
    void play_gates_openAtOnce() {
        RampRun.Result result = played(
                planned(
                        Duration.ofHours(24),
                        at(1, 30),
                        new Step.Gate(Step.OPERATOR),
                        at(10, 30),
                        new Step.Gate("ci"),
                        at(100, 30)),
                UNJUDGED,
                Scenario.NO_CHANGE,
                600,
                0);
        assertThat(result.changes().stream().map(RampRun.Change::atSeconds)).containsExactly(0.0, 30.0, 60.0);
        Ramp blueGreen = new Ramp(
                "bg", new Plan("blueGreen", StepCourse.blueGreen(true, Duration.ofSeconds(20), 1), null, List.of()));
        assertThat(played(blueGreen, UNJUDGED, Scenario.NO_CHANGE, 600, 0).changes())
                .containsExactly(new RampRun.Change(0, Ratio.ALL));
    }

    @Test
    void play_stepThatIsNeverPassed_endsAtTheDeadline() {
        Step never = new Step.At(new Ratio(100), Duration.ofSeconds(10), 1_000_000);
        RampRun.Result result = played(planned(Duration.ofMinutes(2), never), UNJUDGED, Scenario.NO_CHANGE, 600, 0);
        assertThat(result.phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(result.check()).isEqualTo("deadline");
        assertThat(result.endSeconds()).isEqualTo(120);
    }

    @Test
    void play_sameSeeds_sameFiguresOnOneAndTwoThreads() throws Exception {
        assertThat(figures(2)).isEqualTo(figures(1));
    }

    private static List<Object> figures(int threads) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<RampRun.Result>> runs = new java.util.ArrayList<>();
            for (long seed = 1; seed <= 6; seed++) {
                long own = seed;
                runs.add(() -> RampRun.play(
                        Ramp.named("auto", 50),
                        AnalysisSpec.DEFAULT,
                        release(Scenario.ERRORS_ONE_TO_THREE, own, 1200, 0)));
            }
            RampTrials trials = new RampTrials("auto", true);
            List<Object> figures = new java.util.ArrayList<>();
            for (Future<RampRun.Result> run : pool.invokeAll(runs)) {
                trials.add(run.get());
                figures.add(run.get());
            }
            figures.add(trials.course());
            figures.add(trials.failed().mean());
            return figures;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void named_unknown_saysWhatIsExpected() {
        for (String name : List.of("car", "fixed", "fixed0m", "fixed2d", "canary0percent5minutes")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Ramp.named(name, 50))
                    .withMessageStartingWith(name + " (expected: auto, fixed<time> as fixed2m, or a preset: ");
        }
    }

    @Test
    void ramp_leavesOutWhoIsAsked_andRefusesOtherPlans() {
        Plan asked = new Plan(
                "canary",
                new StepCourse(List.of(at(1, 30), at(100, 30))),
                null,
                List.of(),
                new Hooks(List.of("ci"), List.of()));
        assertThat(played(new Ramp("own", asked), UNJUDGED, Scenario.NO_CHANGE, 600, 0)
                        .phase())
                .isEqualTo(Phase.PROMOTED);
        Plan rolling =
                new Plan("rolling", new RollingCourse(INSTANCES, Duration.ZERO, Duration.ZERO, 1), null, List.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Ramp("own", rolling))
                .withMessageContaining("rolling (expected: a plan of one canary beside stable)");
    }

    @Test
    void leastTime_isTheSumOfTheHolds() {
        assertThat(Ramp.named("fixed2m", 50).leastTime()).isEqualTo(Duration.ofMinutes(18));
        assertThat(Ramp.named("canary10percent5minutes", 50).leastTime()).isEqualTo(Duration.ofMinutes(10));
        assertThat(Ramp.named("auto", 50).leastTime()).isEqualTo(Duration.ofMinutes(11));
    }
}
