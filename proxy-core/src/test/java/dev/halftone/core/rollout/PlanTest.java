package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.Transition.Accepted;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The transitions of releases with a plan, one by one. */
class PlanTest {
    private static final long MINUTE = 60_000;
    private static final Plan STEPS = plan(at(10, 5), new Step.Gate(Step.OPERATOR), at(50, 10), at(100, 10));
    private static final Plan BLUE_GREEN =
            new Plan("blueGreen", StepCourse.blueGreen(true, Duration.ofMinutes(10), 20), null, List.of());

    private long nowMillis = Instant.parse("2026-11-25T10:00:00Z").toEpochMilli();
    private @Nullable RolloutState state;
    private List<AuditEvent> told = List.of();

    static Step at(int percent, int minutes) {
        return new Step.At(new Ratio(percent * 100), Duration.ofMinutes(minutes), 50);
    }

    static Plan plan(Step... steps) {
        return new Plan("canary", new StepCourse(List.of(steps)), Duration.ofHours(24), List.of());
    }

    private static Evidence seen(Verdict verdict, long stepRequests) {
        String why = verdict == Verdict.HEALTHY ? "" : "check errors is " + verdict.label() + ": so it is";
        return new Evidence(verdict, why, stepRequests, new Tally(stepRequests, 0), Tally.NONE, 10);
    }

    private RolloutState state() {
        return Objects.requireNonNull(state);
    }

    private void happen(RolloutEvent event) {
        Transition transition = RolloutMachine.step("shop", state, event, nowMillis);
        assertThat(transition).isInstanceOf(Accepted.class);
        state = ((Accepted) transition).state();
        told = ((Accepted) transition).events();
    }

    private void start(Plan plan) {
        happen(new Configured("v2", Ratio.NONE, plan));
        look(plan, Verdict.INSUFFICIENT, 0);
    }

    private void look(Plan plan, Verdict verdict, long stepRequests) {
        happen(new Looked(plan, seen(verdict, stepRequests)));
    }

    /** Time passes, all is well, the plan is looked at. */
    private void pass(Plan plan, long minutes) {
        nowMillis += minutes * MINUTE;
        look(plan, Verdict.HEALTHY, 50);
    }

    private void assertStands(Phase phase, int percent, int step) {
        assertThat(state().phase()).isEqualTo(phase);
        assertThat(state().ratio()).isEqualTo(new Ratio(percent * 100));
        assertThat(progress().step()).isEqualTo(step);
    }

    private Progress progress() {
        return Objects.requireNonNull(state().progress());
    }

    private String waitsFor(Plan plan, Verdict verdict, long stepRequests) {
        return RolloutMachine.waitsFor(state(), plan, seen(verdict, stepRequests), nowMillis);
    }

    // Steps.

    @Test
    void configured_withAPlan_beginsBeforeItsFirstStepAndTheFirstLookTakesIt() {
        happen(new Configured("v2", Ratio.NONE, STEPS));
        assertStands(Phase.PROGRESSING, 0, -1);

        look(STEPS, Verdict.INSUFFICIENT, 0);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(told).hasSize(1);
        assertThat(told.get(0).action()).isEqualTo("step");
        assertThat(told.get(0).reason()).isEqualTo("step 1 of 4: the plan begins");
        assertThat(state().wanted()).isEqualTo(new Ratio(1000));
    }

    @Test
    void look_beforeTheHoldIsOver_stays() {
        start(STEPS);
        pass(STEPS, 4);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(told).isEmpty();
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 50)).isEqualTo("step 1 of 4 holds 10 % until 2026-11-25T10:05:00Z");
    }

    @Test
    void look_withoutTheSamples_stays() {
        start(STEPS);
        nowMillis += 5 * MINUTE;
        look(STEPS, Verdict.HEALTHY, 49);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 49)).isEqualTo("step 1 of 4 has 49 of 50 canary requests");
    }

    @ParameterizedTest
    @EnumSource(
            value = Verdict.class,
            names = {"INSUFFICIENT", "BREACH"})
    void look_notHealthy_stays(Verdict verdict) {
        start(STEPS);
        nowMillis += 5 * MINUTE;
        look(STEPS, verdict, 50);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(waitsFor(STEPS, verdict, 50))
                .isEqualTo("step 1 of 4 waits: check errors is " + verdict.label() + ": so it is");
    }

    @Test
    void look_allIsWell_takesEveryStepToPromotion() {
        start(STEPS);
        pass(STEPS, 5);
        assertStands(Phase.PAUSED, 10, 1);
        assertThat(state().reason())
                .isEqualTo("step 1 of 4 was healthy for 300 s with 50 canary requests; waits for an operator's resume");
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 50)).isEqualTo("step 2 of 4 waits for an operator's resume");

        pass(STEPS, 600);
        assertStands(Phase.PAUSED, 10, 1);

        happen(RolloutMachineTest.resume());
        assertStands(Phase.PROGRESSING, 10, 1);
        look(STEPS, Verdict.INSUFFICIENT, 0);
        assertStands(Phase.PROGRESSING, 50, 2);
        pass(STEPS, 10);
        assertStands(Phase.PROGRESSING, 100, 3);
        pass(STEPS, 9);
        assertStands(Phase.PROGRESSING, 100, 3);
        pass(STEPS, 1);

        assertStands(Phase.PROMOTED, 100, 3);
        assertThat(told.get(0).action()).isEqualTo("promote");
        assertThat(told.get(0).actor()).isEqualTo("halftone");
    }

    @Test
    void resume_atAGateInABreach_raisesNothing() {
        start(STEPS);
        pass(STEPS, 5);
        happen(RolloutMachineTest.resume());
        look(STEPS, Verdict.BREACH, 50);

        assertStands(Phase.PROGRESSING, 10, 1);
        assertThat(waitsFor(STEPS, Verdict.BREACH, 50)).isEqualTo("no step: check errors is breach: so it is");
    }

    @Test
    void breach_atAnyStep_rollsBackAndKeepsThePlace() {
        start(STEPS);
        happen(RolloutMachineTest.breach(OnBreach.ROLLBACK));

        assertStands(Phase.ROLLED_BACK, 0, 0);
        pass(STEPS, 600);
        assertStands(Phase.ROLLED_BACK, 0, 0);
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 50)).isEmpty();
    }

    @Test
    void breach_thatPauses_waitsForAPersonAndHoldsAnew() {
        start(STEPS);
        nowMillis += 4 * MINUTE;
        happen(RolloutMachineTest.breach(OnBreach.PAUSE));
        pass(STEPS, 10);
        assertStands(Phase.PAUSED, 10, 0);
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 50)).isEqualTo("paused; resume takes up the plan");

        happen(RolloutMachineTest.resume());
        pass(STEPS, 4);
        assertStands(Phase.PROGRESSING, 10, 0);
        pass(STEPS, 1);
        assertStands(Phase.PAUSED, 10, 1);
    }

    @Test
    void breach_thatAlerts_takesNoStepWhileItLasts() {
        start(STEPS);
        nowMillis += 5 * MINUTE;
        happen(RolloutMachineTest.breach(OnBreach.ALERT));
        look(STEPS, Verdict.BREACH, 50);

        assertStands(Phase.PROGRESSING, 10, 0);
    }

    // Operators.

    @Test
    void setRatio_standsInThePlansPlaceUntilResume() {
        start(STEPS);
        happen(RolloutMachineTest.ratio(30));
        pass(STEPS, 600);
        assertStands(Phase.PROGRESSING, 30, 0);
        assertThat(waitsFor(STEPS, Verdict.HEALTHY, 50))
                .isEqualTo("held at 30 % by an operator; resume takes up the plan");

        happen(RolloutMachineTest.resume());

        assertStands(Phase.PROGRESSING, 10, 0);
        pass(STEPS, 4);
        assertStands(Phase.PROGRESSING, 10, 0);
        pass(STEPS, 1);
        assertStands(Phase.PAUSED, 10, 1);
    }

    @Test
    void resume_fromALowerRatio_theNextLookRaisesIt() {
        start(STEPS);
        happen(RolloutMachineTest.ratio(0));
        happen(RolloutMachineTest.resume());
        assertStands(Phase.PROGRESSING, 0, 0);
        look(STEPS, Verdict.BREACH, 0);
        assertStands(Phase.PROGRESSING, 0, 0);

        look(STEPS, Verdict.INSUFFICIENT, 0);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(told.get(0).reason()).isEqualTo("step 1 of 4: the plan is taken up again");
    }

    @Test
    void pause_holdsThePlan() {
        start(STEPS);
        happen(RolloutMachineTest.pause());
        pass(STEPS, 600);

        assertStands(Phase.PAUSED, 10, 0);
    }

    @Test
    void promote_rollbackAndAbort_winAtEveryStep() {
        for (RolloutEvent command :
                List.of(RolloutMachineTest.promote(), RolloutMachineTest.rollback(), RolloutMachineTest.abort())) {
            for (int steps = 0; steps < 4; steps++) {
                state = null;
                start(STEPS);
                for (int i = 0; i < steps; i++) {
                    pass(STEPS, 10);
                    if (state().phase() == Phase.PAUSED) {
                        happen(RolloutMachineTest.resume());
                    }
                }
                assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
                happen(command);
                Phase reached = state().phase();
                assertThat(reached).isIn(Phase.PROMOTED, Phase.ROLLED_BACK, Phase.ABORTED);
                pass(STEPS, 600);
                assertThat(state().phase()).isEqualTo(reached);
            }
        }
    }

    @Test
    void release_overTheApi_startsThePlanAfresh() {
        start(STEPS);
        pass(STEPS, 5);
        happen(RolloutMachineTest.start("v3"));
        assertStands(Phase.PROGRESSING, 0, -1);

        look(STEPS, Verdict.INSUFFICIENT, 0);

        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(state().release()).isEqualTo("v3");
    }

    // The file.

    @Test
    void configured_again_changesNothing() {
        start(STEPS);
        RolloutState before = state();
        happen(new Configured("v2", Ratio.NONE, STEPS));

        assertThat(state()).isEqualTo(before);
        assertThat(told).isEmpty();
    }

    @Test
    void configured_withOtherSteps_takesThemUpWhereTheRatioStands() {
        start(plan(at(10, 5), at(50, 5), at(100, 5)));
        pass(plan(at(10, 5), at(50, 5), at(100, 5)), 5);
        Plan other = plan(at(5, 5), at(20, 5), at(60, 5));

        happen(new Configured("v2", Ratio.NONE, other));

        assertStands(Phase.PROGRESSING, 20, 1);
        pass(other, 5);
        assertStands(Phase.PROGRESSING, 60, 2);
    }

    @Test
    void configured_withHigherSteps_raisesNothingByItself() {
        start(plan(at(1, 5)));
        Plan other = plan(at(5, 5), at(100, 5));

        happen(new Configured("v2", Ratio.NONE, other));

        assertStands(Phase.PROGRESSING, 1, -1);
        look(other, Verdict.BREACH, 0);
        assertStands(Phase.PROGRESSING, 1, -1);
        look(other, Verdict.INSUFFICIENT, 0);
        assertStands(Phase.PROGRESSING, 5, 0);
    }

    @Test
    void configured_withOtherStepsWhileHeld_onlyNotesThem() {
        for (RolloutEvent held : List.of(RolloutMachineTest.pause(), RolloutMachineTest.ratio(30))) {
            state = null;
            start(STEPS);
            happen(held);
            Ratio before = state().ratio();
            Phase phase = state().phase();

            happen(new Configured("v2", Ratio.NONE, plan(at(2, 5), at(100, 5))));

            assertThat(state().ratio()).isEqualTo(before);
            assertThat(state().phase()).isEqualTo(phase);
            assertThat(told.get(0).action()).isEqualTo("wanted");
        }
    }

    @Test
    void configured_fromPlanToRatioAndBack_isFollowed() {
        start(STEPS);
        happen(new Configured("v2", new Ratio(2000)));
        assertThat(state().ratio()).isEqualTo(new Ratio(2000));
        assertThat(state().progress()).isNull();

        happen(new Configured("v2", Ratio.NONE, STEPS));

        assertStands(Phase.PROGRESSING, 10, 0);
        happen(new Configured("v2", Ratio.NONE));
        assertThat(state().phase()).isEqualTo(Phase.IDLE);
    }

    @Test
    void look_withAnotherPlanThanTheFiles_changesNothing() {
        start(STEPS);
        pass(plan(at(100, 0)), 600);

        assertStands(Phase.PROGRESSING, 10, 0);
    }

    // Deadline and freeze.

    @Test
    void look_pastTheDeadline_rollsBack() {
        start(STEPS);
        nowMillis += 24 * 60 * MINUTE - 1;
        look(STEPS, Verdict.INSUFFICIENT, 0);
        assertStands(Phase.PROGRESSING, 10, 0);
        nowMillis++;
        look(STEPS, Verdict.INSUFFICIENT, 0);

        assertStands(Phase.ROLLED_BACK, 0, 0);
        assertThat(told.get(0).check()).isEqualTo("deadline");
        assertThat(told.get(0).reason()).startsWith("no step for 86400 s; step 1 of 4 has 0 of 50");
    }

    @Test
    void look_longAfterTheHold_takesTheStepRatherThanTheDeadline() {
        start(STEPS);
        pass(STEPS, 3 * 24 * 60);

        assertStands(Phase.PAUSED, 10, 1);
        pass(STEPS, 9 * 24 * 60);
        assertStands(Phase.PAUSED, 10, 1);
    }

    private Plan frozen(String cron, Duration duration, Duration deadline) {
        FreezeWindow window = new FreezeWindow(Cron.parse(cron), duration, ZoneOffset.UTC);
        return new Plan("canary", new StepCourse(List.of(at(10, 5), at(50, 5), at(100, 5))), deadline, List.of(window));
    }

    @Test
    void look_inAFreezeWindow_takesNoStepButRollsBack() {
        Plan plan = frozen("2 10 * * *", Duration.ofHours(3), Duration.ofHours(1));
        start(plan);
        assertStands(Phase.PROGRESSING, 10, 0);
        pass(plan, 5);
        assertStands(Phase.PROGRESSING, 10, 0);
        assertThat(waitsFor(plan, Verdict.HEALTHY, 50))
                .isEqualTo("no step in the freeze window, which ends at 2026-11-25T13:02:00Z");
        pass(plan, 176);
        assertStands(Phase.PROGRESSING, 10, 0);

        pass(plan, 1);
        assertStands(Phase.PROGRESSING, 50, 1);

        state = null;
        nowMillis = Instant.parse("2026-11-25T10:03:00Z").toEpochMilli();
        start(plan);
        assertStands(Phase.PROGRESSING, 0, -1);
        happen(RolloutMachineTest.breach(OnBreach.ROLLBACK));
        assertStands(Phase.ROLLED_BACK, 0, -1);
    }

    @Test
    void look_afterAFreezeWindow_theDeadlineCountsFromItsEnd() {
        Plan plan = frozen("2 10 * * *", Duration.ofHours(3), Duration.ofHours(1));
        start(plan);
        nowMillis = Instant.parse("2026-11-25T14:01:59Z").toEpochMilli();
        look(plan, Verdict.INSUFFICIENT, 0);
        assertStands(Phase.PROGRESSING, 10, 0);
        nowMillis += 1000;
        look(plan, Verdict.INSUFFICIENT, 0);

        assertStands(Phase.ROLLED_BACK, 0, 0);
    }

    @Test
    void everThaws_windowsWithoutAGap_isFalse() {
        assertThat(frozen("0 * * * *", Duration.ofHours(1), Duration.ofHours(1)).everThaws(nowMillis))
                .isFalse();
        assertThat(frozen("0 * * * *", Duration.ofMinutes(59), Duration.ofHours(1))
                        .everThaws(nowMillis))
                .isTrue();
    }

    // Blue-green and its gate.

    @Test
    void blueGreen_smokePasses_switchesWatchesAndPromotes() {
        start(BLUE_GREEN);
        assertStands(Phase.PROGRESSING, 0, 0);
        assertThat(progress().outsideGate()).isEqualTo("smoke");

        happen(new GateWaits("v2", "smoke", "GET / answered 503"));
        assertThat(waitsFor(BLUE_GREEN, Verdict.INSUFFICIENT, 0))
                .isEqualTo("step 1 of 2 waits for smoke: GET / answered 503");
        assertThat(told).hasSize(1);
        happen(new GateWaits("v2", "smoke", "GET / answered 503"));
        assertThat(told).isEmpty();

        happen(new GateOpened("v2", "smoke"));
        assertStands(Phase.PROGRESSING, 0, 0);
        look(BLUE_GREEN, Verdict.INSUFFICIENT, 0);
        assertStands(Phase.PROGRESSING, 100, 1);
        assertThat(progress().outsideGate()).isNull();
        pass(BLUE_GREEN, 10);

        assertStands(Phase.PROMOTED, 100, 1);
    }

    @Test
    void blueGreen_smokeFails_isRolledBackBeforeAnybodySawIt() {
        start(BLUE_GREEN);
        happen(new GateFailed("v2", "smoke", "GET / answered 500"));

        assertStands(Phase.ROLLED_BACK, 0, 0);
        assertThat(told.get(0).check()).isEqualTo("smoke");
        happen(new GateOpened("v2", "smoke"));
        assertThat(told).isEmpty();
    }

    @Test
    void gate_lateWordsOrAnothersWords_changeNothing() {
        start(BLUE_GREEN);
        happen(new GateOpened("v1", "smoke"));
        assertThat(told).isEmpty();
        happen(new GateOpened("v2", "hook"));
        assertThat(told).isEmpty();
        happen(new GateFailed("v1", "smoke", "no"));
        assertThat(told).isEmpty();
        happen(new GateOpened("v2", "smoke"));
        happen(new GateFailed("v2", "smoke", "late"));
        assertThat(told).isEmpty();
    }

    @Test
    void gate_openedWhilePaused_isPassedAfterResume() {
        start(BLUE_GREEN);
        happen(RolloutMachineTest.pause());
        happen(new GateOpened("v2", "smoke"));
        look(BLUE_GREEN, Verdict.HEALTHY, 50);
        assertStands(Phase.PAUSED, 0, 0);

        happen(RolloutMachineTest.resume());
        look(BLUE_GREEN, Verdict.HEALTHY, 50);

        assertStands(Phase.PROGRESSING, 100, 1);
    }
}
