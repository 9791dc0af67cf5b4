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
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Hooks between the steps of a plan, transition by transition. */
class HookPlanTest {
    private static final long MINUTE = 60_000;
    private static final Plan BEFORE = plan(new Hooks(List.of("beforeStep"), List.of()));
    private static final Plan ALL = plan(new Hooks(List.of("beforeStep", "beforeStep-2"), List.of("afterStep")));

    private long nowMillis = 1_000_000;
    private @Nullable RolloutState state;
    private List<AuditEvent> told = List.of();

    private static Plan plan(Hooks hooks) {
        StepCourse course = new StepCourse(List.of(PlanTest.at(10, 5), PlanTest.at(100, 5)));
        return new Plan("canary", course, Duration.ofHours(2), List.of(), hooks);
    }

    private RolloutState state() {
        return Objects.requireNonNull(state);
    }

    private void happen(RolloutEvent event) {
        Accepted accepted = (Accepted) RolloutMachine.step("shop", state, event, nowMillis);
        state = accepted.state();
        told = accepted.events();
    }

    private void look(Plan plan, Verdict verdict) {
        String why = verdict == Verdict.HEALTHY ? "" : "check errors is " + verdict.label();
        happen(new Looked(plan, new Evidence(verdict, why, 50, new Tally(50, 0), Tally.NONE, 10)));
    }

    private void pass(Plan plan, long minutes) {
        nowMillis += minutes * MINUTE;
        look(plan, Verdict.HEALTHY);
    }

    private void start(Plan plan) {
        happen(new Configured("v2", Ratio.NONE, plan));
        look(plan, Verdict.HEALTHY);
    }

    private void open(String hook) {
        happen(new GateOpened("v2", hook));
    }

    private void assertAt(int percent, int step) {
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(state().ratio()).isEqualTo(new Ratio(percent * 100));
        assertThat(Objects.requireNonNull(state().progress()).step()).isEqualTo(step);
    }

    private @Nullable String asked() {
        return Objects.requireNonNull(state().progress()).outsideGate();
    }

    @Test
    void look_beforeTheFirstStep_asksAndStaysAtNobody() {
        start(BEFORE);

        assertAt(0, -1);
        assertThat(asked()).isEqualTo("beforeStep");
        Progress.AtHook hook = Objects.requireNonNull(
                Objects.requireNonNull(state().progress()).hook());
        assertThat(hook.step()).isZero();
        assertThat(hook.ratio()).isEqualTo(new Ratio(1000));
        assertThat(told.get(0).reason()).isEqualTo("hook beforeStep is asked about step 1");
        pass(BEFORE, 3);
        assertAt(0, -1);
        assertThat(told).isEmpty();
        assertThat(RolloutMachine.waitsFor(state(), BEFORE, Evidence.NONE, nowMillis))
                .isEqualTo("waits for hook beforeStep");
    }

    @Test
    void gateOpened_entersTheStepAtTheNextLookAndTheNextStepIsAskedAnew() {
        start(BEFORE);
        open("beforeStep");
        assertAt(0, -1);
        assertThat(asked()).isNull();
        look(BEFORE, Verdict.INSUFFICIENT);
        assertAt(10, 0);
        pass(BEFORE, 4);
        assertThat(asked()).isNull();
        pass(BEFORE, 1);
        assertAt(10, 0);
        assertThat(asked()).isEqualTo("beforeStep");
        open("beforeStep");
        pass(BEFORE, 0);
        assertAt(100, 1);
        pass(BEFORE, 5);
        assertThat(state().phase()).as("nobody is asked before the promotion").isEqualTo(Phase.PROMOTED);
    }

    @Test
    void severalHooks_areAskedInOrderAndAfterStepBeforeThePromotionToo() {
        start(ALL);
        assertThat(asked()).isEqualTo("beforeStep");
        open("beforeStep-2");
        assertThat(told).as("not asked yet").isEmpty();
        open("beforeStep");
        look(ALL, Verdict.HEALTHY);
        assertThat(asked()).isEqualTo("beforeStep-2");
        open("beforeStep-2");
        look(ALL, Verdict.HEALTHY);
        assertAt(10, 0);
        pass(ALL, 5);
        assertThat(asked()).isEqualTo("afterStep");
        open("afterStep");
        look(ALL, Verdict.HEALTHY);
        assertThat(asked()).isEqualTo("beforeStep");
        open("beforeStep");
        look(ALL, Verdict.HEALTHY);
        open("beforeStep-2");
        look(ALL, Verdict.HEALTHY);
        assertAt(100, 1);
        pass(ALL, 5);
        assertAt(100, 1);
        assertThat(asked()).isEqualTo("afterStep");
        open("afterStep");
        look(ALL, Verdict.HEALTHY);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
    }

    @Test
    void gateWaits_isToldOnceForEachReason() {
        start(BEFORE);
        happen(new GateWaits("v2", "beforeStep", "the hook says wait: busy"));
        assertThat(told.get(0).reason()).isEqualTo("gate beforeStep waits: the hook says wait: busy");
        happen(new GateWaits("v2", "beforeStep", "the hook says wait: busy"));
        assertThat(told).isEmpty();
        assertThat(RolloutMachine.waitsFor(state(), BEFORE, Evidence.NONE, nowMillis))
                .isEqualTo("waits for hook beforeStep: the hook says wait: busy");
    }

    @Test
    void gateFailed_rollsBackAndIsCountedUnderTheHook() {
        start(BEFORE);
        happen(new GateFailed("v2", "beforeStep", "the hook answered 500"));
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(told.get(0).check()).isEqualTo("beforeStep");
    }

    @Test
    void breach_whileAHookIsAsked_rollsBackAtOnce() {
        start(BEFORE);
        happen(RolloutMachineTest.breach(OnBreach.ROLLBACK));
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        open("beforeStep");
        look(BEFORE, Verdict.HEALTHY);
        assertThat(state().phase()).as("a late go").isEqualTo(Phase.ROLLED_BACK);
    }

    @Test
    void look_openHookInABreach_waitsForTheChecks() {
        start(BEFORE);
        open("beforeStep");
        look(BEFORE, Verdict.BREACH);
        assertAt(0, -1);
    }

    @Test
    void resume_asksAnewAndTakingUpAgainAsksNobody() {
        start(BEFORE);
        open("beforeStep");
        look(BEFORE, Verdict.HEALTHY);
        happen(RolloutMachineTest.ratio(5));
        happen(RolloutMachineTest.resume());
        look(BEFORE, Verdict.HEALTHY);
        assertAt(10, 0);
        pass(BEFORE, 5);
        assertThat(asked()).isEqualTo("beforeStep");
        happen(RolloutMachineTest.pause());
        open("beforeStep");
        happen(RolloutMachineTest.resume());
        pass(BEFORE, 5);
        assertThat(asked()).as("after a pause").isEqualTo("beforeStep");
    }

    @Test
    void look_noAnswerUntilTheDeadline_rollsBack() {
        start(BEFORE);
        pass(BEFORE, 121);
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(told.get(0).check()).isEqualTo("deadline");
    }

    @Test
    void look_askedHookIsNoMoreInThePlan_asksTheOthersFromTheFirst() {
        start(ALL);
        open("beforeStep");
        look(ALL, Verdict.HEALTHY);
        look(BEFORE, Verdict.HEALTHY);
        assertThat(asked()).isEqualTo("beforeStep");
        Plan none = plan(Hooks.NONE);
        look(none, Verdict.HEALTHY);
        assertAt(10, 0);
    }

    @Test
    void gated_rampThatMayGoHigherMeanwhile_getsWhatWasAsked() {
        Progress at =
                new Progress("auto", 0, 0, null, new Progress.AtHook("beforeStep", 1, new Ratio(1000), 0, true, ""));
        Move move = BEFORE.hooks().gated(new Move.Enter(1, new Ratio(4000), "why"), at, new Ratio(100));
        assertThat(move).isEqualTo(new Move.Enter(1, new Ratio(1000), "why"));
        assertThat(BEFORE.hooks().gated(new Move.Enter(1, new Ratio(500), "why"), at, new Ratio(100)))
                .isEqualTo(new Move.Enter(1, new Ratio(500), "why"));
    }
}
