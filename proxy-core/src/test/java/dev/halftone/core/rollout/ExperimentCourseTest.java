package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.Transition.Accepted;
import dev.halftone.core.rollout.Transition.Refused;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The transitions of an A/B test, one by one, and what holds on long random walks of them. */
class ExperimentCourseTest {
    private static final long START = Instant.parse("2026-11-25T10:00:00Z").toEpochMilli();
    private static final Ratio TREATED = new Ratio(6000);
    private static final FreezeWindow ALWAYS =
            new FreezeWindow(Cron.parse("0 0 * * *"), Duration.ofHours(24), ZoneOffset.UTC);

    private long nowMillis = START;
    private @Nullable RolloutState state;
    private List<AuditEvent> told = List.of();

    private static Plan plan(boolean promotes, FreezeWindow... freeze) {
        ExperimentSpec spec = new ExperimentSpec(
                List.of(new Arm("a", 0.4), new Arm("b", 0.3), new Arm("c", 0.3)),
                "click",
                Direction.UP,
                0.95,
                100,
                Duration.ZERO,
                promotes,
                Duration.ofDays(14),
                null);
        return new Plan("abTest", new ExperimentCourse(spec, TREATED), null, List.of(freeze));
    }

    private static ArmFinding arm(String name, double low, double high, Finding.Verdict verdict) {
        return new ArmFinding(name, 0.3, 5000, 5000, 9000, 900, 0.1, (low + high) / 2, low, high, verdict);
    }

    private static Finding finding(Finding.Verdict ofB, Finding.Verdict ofC, @Nullable String alarm) {
        return new Finding(
                START,
                List.of(
                        arm("a", Double.NaN, Double.NaN, Finding.Verdict.CONTROL),
                        arm(
                                "b",
                                ofB == Finding.Verdict.BETTER ? 0.01 : -0.2,
                                ofB == Finding.Verdict.WORSE ? -0.1 : 0.2,
                                ofB),
                        arm(
                                "c",
                                ofC == Finding.Verdict.BETTER ? 0.02 : -0.2,
                                ofC == Finding.Verdict.WORSE ? -0.1 : 0.2,
                                ofC)),
                alarm == null ? 1 : 0.0001,
                alarm);
    }

    private static Evidence seen(Verdict verdict, @Nullable Finding finding) {
        String why = verdict == Verdict.HEALTHY ? "" : "check errors is " + verdict.label();
        return new Evidence(verdict, why, 0, Tally.NONE, Tally.NONE, 10).withFinding(finding);
    }

    private RolloutState state() {
        return Objects.requireNonNull(state);
    }

    private @Nullable String winner() {
        return Objects.requireNonNull(state().progress()).winner();
    }

    private void happen(RolloutEvent event) {
        Transition transition = RolloutMachine.step("shop", state, event, nowMillis);
        assertThat(transition).isInstanceOf(Accepted.class);
        state = ((Accepted) transition).state();
        told = ((Accepted) transition).events();
    }

    private void look(Plan plan, Finding.Verdict ofB, Finding.Verdict ofC) {
        happen(new Looked(plan, seen(Verdict.HEALTHY, finding(ofB, ofC, null))));
    }

    private void start(Plan plan) {
        happen(new Configured("v2", Ratio.NONE, plan));
        happen(new Looked(plan, seen(Verdict.INSUFFICIENT, null)));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(state().ratio()).isEqualTo(TREATED);
    }

    private static final Finding.Verdict OPEN = Finding.Verdict.UNDECIDED;
    private static final Finding.Verdict BETTER = Finding.Verdict.BETTER;
    private static final Finding.Verdict WORSE = Finding.Verdict.WORSE;

    @Test
    void look_undecided_goesOn() {
        Plan plan = plan(false);
        start(plan);
        look(plan, OPEN, WORSE);
        assertThat(told).isEmpty();
        assertThat(RolloutMachine.waitsFor(state(), plan, seen(Verdict.HEALTHY, finding(OPEN, WORSE, null)), nowMillis))
                .isEqualTo(
                        "the A/B test runs until the evidence or 2026-12-09T10:00:00Z; b: click 0.0 % (-20.0 to 20.0),"
                                + " c: click -15.0 % (-20.0 to -10.0)");
    }

    @Test
    void look_variantsAreBetter_surestWinsAndWaitsForAPerson() {
        Plan plan = plan(false);
        start(plan);
        look(plan, BETTER, BETTER);
        assertThat(state().phase()).isEqualTo(Phase.PAUSED);
        assertThat(state().ratio()).isEqualTo(TREATED);
        assertThat(winner()).isEqualTo("c");
        assertThat(state().reason()).isEqualTo("variant c: click +11.0 % (2.0 to 20.0) won");
        assertThat(told).extracting(AuditEvent::action).containsExactly("pause");
        assertThat(RolloutMachine.waitsFor(state(), plan, seen(Verdict.HEALTHY, null), nowMillis))
                .isEqualTo("variant c has won; promote it, or resume to let the test run on");
        happen(new Promote("ann", ""));
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(state().ratio()).isEqualTo(Ratio.ALL);
        assertThat(winner()).isEqualTo("c");
    }

    @Test
    void look_resumedAfterAWin_runsOnToItsDateAndPausesAgain() {
        Plan plan = plan(false);
        start(plan);
        look(plan, BETTER, OPEN);
        happen(new RolloutEvent.Resume("ann", ""));
        nowMillis += Duration.ofDays(1).toMillis();
        look(plan, BETTER, BETTER);
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        nowMillis += Duration.ofDays(13).toMillis();
        look(plan, OPEN, OPEN);
        assertThat(state().phase()).isEqualTo(Phase.PAUSED);
        assertThat(winner()).isEqualTo("b");
    }

    @Test
    void look_onWinPromote_needsHealthyChecks() {
        Plan plan = plan(true);
        start(plan);
        happen(new Looked(plan, seen(Verdict.INSUFFICIENT, finding(BETTER, OPEN, null))));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        look(plan, BETTER, OPEN);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(winner()).isEqualTo("b");
        assertThat(told).extracting(AuditEvent::action).containsExactly("promote");
    }

    @Test
    void look_allAreWorse_isRolledBackByItsGoal() {
        Plan plan = plan(false);
        start(plan);
        look(plan, WORSE, WORSE);
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(state().ratio()).isEqualTo(Ratio.NONE);
        assertThat(told.get(0).check()).isEqualTo("goal");
        assertThat(state().latchOf("v2")).isNotNull();
    }

    @Test
    void look_wrongSplit_evidenceEndsNothingButTheDateDoes() {
        Plan plan = plan(true);
        start(plan);
        happen(new Looked(plan, seen(Verdict.HEALTHY, finding(BETTER, BETTER, "users are lost"))));
        happen(new Looked(plan, seen(Verdict.HEALTHY, finding(WORSE, WORSE, "users are lost"))));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        nowMillis += Duration.ofDays(14).toMillis();
        happen(new Looked(plan, seen(Verdict.HEALTHY, finding(BETTER, BETTER, "users are lost"))));
        assertThat(state().phase()).isEqualTo(Phase.ABORTED);
        assertThat(state().reason()).contains("users are lost");
    }

    @Test
    void look_dateUndecided_isAbortedWhateverChecksAndFreezeSay() {
        Plan plan = plan(false);
        start(plan);
        nowMillis += Duration.ofDays(14).toMillis();
        happen(new Looked(plan(false, ALWAYS), seen(Verdict.BREACH, finding(OPEN, OPEN, null))));
        assertThat(state().phase()).isEqualTo(Phase.ABORTED);
        assertThat(state().ratio()).isEqualTo(Ratio.NONE);
        assertThat(told).extracting(AuditEvent::action).containsExactly("abort");
        assertThat(told.get(0).reason()).startsWith("undecided when its time was over at 2026-12-09T10:00:00Z; b: ");
    }

    @Test
    void look_winInABreachOrFreeze_waits() {
        Plan plan = plan(false);
        start(plan);
        happen(new Looked(plan, seen(Verdict.BREACH, finding(BETTER, OPEN, null))));
        happen(new Looked(plan(false, ALWAYS), seen(Verdict.HEALTHY, finding(BETTER, OPEN, null))));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(winner()).isNull();
    }

    @Test
    void breach_rollsBackWhole() {
        start(plan(false));
        happen(RolloutMachineTest.breach(OnBreach.ROLLBACK));
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(state().ratio()).isEqualTo(Ratio.NONE);
    }

    private String refusal(RolloutEvent event) {
        Transition transition = RolloutMachine.step("shop", state, event, nowMillis);
        assertThat(transition).isInstanceOf(Refused.class);
        return ((Refused) transition).problem();
    }

    @Test
    void command_otherRatioOrNamelessPromotion_isRefused() {
        start(plan(false));
        assertThat(refusal(new SetRatio(new Ratio(100), "ann", "")))
                .isEqualTo("release v2 is an A/B test, whose shares stand in the file: another ratio would spoil it"
                        + " (expected: pause, promote, rollback or abort)");
        assertThat(refusal(new Promote("ann", "")))
                .isEqualTo("no variant has won yet (expected: the variant's name, as `halftone promote shop --variant"
                        + " NAME`)");
        happen(new Promote("ann", "liked", "b"));
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(winner()).isEqualTo("b");
    }

    @Test
    void reload_otherShares_beginsAtThePlaceAndForgetsTheWinner() {
        Plan plan = plan(false);
        start(plan);
        look(plan, BETTER, OPEN);
        ExperimentSpec other = new ExperimentSpec(
                List.of(new Arm("a", 0.5), new Arm("b", 0.5)),
                "click",
                Direction.UP,
                0.95,
                100,
                Duration.ZERO,
                false,
                null,
                null);
        Plan changed = new Plan("abTest", new ExperimentCourse(other, new Ratio(5000)), null, List.of());
        happen(new Configured("v2", Ratio.NONE, changed));
        assertThat(state().phase()).isEqualTo(Phase.PAUSED);
        assertThat(winner()).isNull();
        happen(new RolloutEvent.Resume("ann", ""));
        assertThat(state().ratio()).isEqualTo(new Ratio(5000));
    }

    @Test
    void reload_otherEnd_changesNothing() {
        start(plan(false));
        happen(new Configured("v2", Ratio.NONE, plan(true, ALWAYS)));
        assertThat(told).isEmpty();
    }

    /** Nobody but evidence or a person promotes, a latched test stays so, and shares are never anything but the file's. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void step_randomWalk_keepsItsPromises(long seed) {
        Random random = new Random(seed);
        Set<Phase> phases = new HashSet<>();
        Finding.Verdict[] verdicts = {OPEN, OPEN, OPEN, BETTER, WORSE};
        for (int i = 0; i < 20_000; i++) {
            nowMillis += random.nextInt(3_600_000);
            Plan plan = random.nextBoolean() ? plan(true) : plan(false, ALWAYS);
            Finding found = finding(
                    verdicts[random.nextInt(5)],
                    verdicts[random.nextInt(5)],
                    random.nextInt(3) == 0 ? "users are lost" : null);
            Verdict verdict = Verdict.values()[random.nextInt(3)];
            RolloutState before = state;
            RolloutEvent event = event(random, i, plan, seen(verdict, found));
            Transition transition = RolloutMachine.step("shop", before, event, nowMillis);
            assertThat(RolloutMachine.step("shop", before, event, nowMillis)).isEqualTo(transition);
            if (!(transition instanceof Accepted accepted)) {
                continue;
            }
            RolloutState after = accepted.state();
            phases.add(after.phase());
            assertThat(after.ratio()).isIn(Ratio.NONE, TREATED, Ratio.ALL);
            boolean becamePromoted =
                    after.phase() == Phase.PROMOTED && (before == null || before.phase() != Phase.PROMOTED);
            if (becamePromoted && !(event instanceof Promote)) {
                assertThat(found.alarm()).isNull();
                assertThat(verdict).isEqualTo(Verdict.HEALTHY);
                assertThat(found.best()).isNotNull();
            }
            if (after.phase() == Phase.PROMOTED) {
                assertThat(Objects.requireNonNull(after.progress()).winner()).isNotNull();
            }
            if (before != null && before.takenBack() && before.release().equals(after.release())) {
                assertThat(after.ratio()).isEqualTo(Ratio.NONE);
            }
            state = after;
        }
        assertThat(phases).contains(Phase.PROGRESSING, Phase.PAUSED, Phase.PROMOTED, Phase.ROLLED_BACK, Phase.ABORTED);
    }

    private RolloutEvent event(Random random, int i, Plan plan, Evidence seen) {
        if (state == null) {
            return new Configured("r0", Ratio.NONE, plan);
        }
        return switch (random.nextInt(20)) {
            case 0 -> new Configured("r" + i / 50, Ratio.NONE, plan);
            case 1 -> new SetRatio(new Ratio(random.nextInt(10_001)), "ann", "");
            case 2 -> new Promote("ann", "", random.nextBoolean() ? null : "b");
            case 3 -> new RolloutEvent.Pause("ann", "");
            case 4, 5, 6 -> new RolloutEvent.Resume("ann", "");
            case 7 -> random.nextInt(5) == 0 ? RolloutMachineTest.breach(OnBreach.ROLLBACK) : new Looked(plan, seen);
            default -> new Looked(plan, seen);
        };
    }
}
