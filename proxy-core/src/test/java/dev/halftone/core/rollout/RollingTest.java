package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.Fleet.Stage;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.RollingCourse.Instance;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.Transition.Accepted;
import dev.halftone.core.rollout.Transition.Refused;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The transitions of rolling releases, one by one. */
class RollingTest {
    private static final long MINUTE = 60_000;
    private static final Plan THREE = plan("a:1", "b:1", "c:1");

    private long nowMillis = 1_000_000;
    private @Nullable RolloutState state;
    private List<AuditEvent> told = List.of();

    static Plan plan(String... names) {
        List<Instance> instances =
                Arrays.stream(names).map(name -> new Instance(name, 1)).toList();
        Course course = new RollingCourse(instances, Duration.ofMinutes(5), Duration.ofMinutes(30), 50);
        return new Plan("rolling", course, Duration.ofHours(24), List.of());
    }

    private RolloutState state() {
        return Objects.requireNonNull(state);
    }

    private Fleet fleet() {
        return Objects.requireNonNull(state().fleet());
    }

    private Turn turn() {
        return Objects.requireNonNull(fleet().turn());
    }

    private Transition step(RolloutEvent event) {
        return RolloutMachine.step("shop", state, event, nowMillis);
    }

    private void happen(RolloutEvent event) {
        Accepted accepted = (Accepted) step(event);
        state = accepted.state();
        told = accepted.events();
    }

    private void look(Plan plan, Verdict verdict, long requests) {
        String why = verdict == Verdict.HEALTHY ? "" : "check errors is " + verdict.label();
        happen(new Looked(plan, new Evidence(verdict, why, requests, new Tally(requests, 0), Tally.NONE, 10)));
    }

    private void pass(Plan plan, long minutes) {
        nowMillis += minutes * MINUTE;
        look(plan, Verdict.HEALTHY, 50);
    }

    private void start(Plan plan) {
        happen(new Configured("v2", Ratio.NONE, plan));
        look(plan, Verdict.INSUFFICIENT, 0);
    }

    private void open() {
        happen(new GateOpened(fleet().release(), turn().gate()));
    }

    /** The instance whose turn it is goes through all its stages. */
    private void openAll() {
        while (fleet().turn() != null) {
            open();
        }
    }

    private void assertStands(Phase phase, int hundredths, String... updated) {
        assertThat(state().phase()).isEqualTo(phase);
        assertThat(state().ratio()).isEqualTo(new Ratio(hundredths));
        assertThat(fleet().updated()).containsExactly(updated);
    }

    private void assertTurn(String instance, boolean undo, Stage stage) {
        assertThat(turn().instance()).isEqualTo(instance);
        assertThat(turn().undo()).isEqualTo(undo);
        assertThat(turn().stage()).isEqualTo(stage);
    }

    private String waitsFor(Plan plan) {
        return RolloutMachine.waitsFor(state(), plan, Evidence.NONE, nowMillis);
    }

    // Forward.

    @Test
    void look_atTheBeginning_takesTheFirstOut() {
        start(THREE);
        assertStands(Phase.PROGRESSING, 0);
        assertTurn("a:1", false, Stage.READY);
        assertThat(told.get(0).action()).isEqualTo("step");
        assertThat(state().reason()).isEqualTo("updating a:1, 1 of 3");
        assertThat(fleet().out()).as("until another is well it serves").isNull();
        assertThat(waitsFor(THREE)).isEqualTo("updating a:1: waits until another instance is well; 1 of 3");
    }

    @Test
    void opened_stageByStage_isPutBackAndThenGetsUsers() {
        start(THREE);
        open();
        assertTurn("a:1", false, Stage.DRAIN);
        assertThat(fleet().out()).isEqualTo("a:1");
        open();
        assertTurn("a:1", false, Stage.HOOK);
        open();
        assertTurn("a:1", false, Stage.HEALTH);
        assertThat(fleet().out()).isEqualTo("a:1");
        open();
        assertStands(Phase.PROGRESSING, 0, "a:1");
        assertThat(fleet().turn()).isNull();
        assertThat(told.get(0).reason()).isEqualTo("a:1 is updated, 1 of 3");
        look(THREE, Verdict.HEALTHY, 0);
        assertStands(Phase.PROGRESSING, 3333, "a:1");
        assertThat(state().reason()).isEqualTo("step 1 of 3: 1 of 3 instances are updated");
    }

    @Test
    void look_holdOver_takesTheNextOutAtTheSameRatio() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        pass(THREE, 4);
        assertThat(fleet().turn()).isNull();
        assertThat(waitsFor(THREE)).startsWith("1 of 3 instances are updated; holds until");
        pass(THREE, 1);
        assertStands(Phase.PROGRESSING, 3333, "a:1");
        assertTurn("b:1", false, Stage.READY);
        assertThat(Objects.requireNonNull(state().progress()).step()).isEqualTo(1);
    }

    @Test
    void look_withoutSamplesOrHealth_holdsTheNext() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        nowMillis += 5 * MINUTE;
        look(THREE, Verdict.HEALTHY, 49);
        assertThat(fleet().turn()).isNull();
        look(THREE, Verdict.INSUFFICIENT, 50);
        assertThat(fleet().turn()).isNull();
    }

    @Test
    void look_lastInstance_isTakenOutOnceEverybodyIsOnTheOthers() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        pass(THREE, 5);
        openAll();
        pass(THREE, 0);
        assertStands(Phase.PROGRESSING, 6666, "a:1", "b:1");
        pass(THREE, 5);
        assertStands(Phase.PROGRESSING, 10_000, "a:1", "b:1");
        assertTurn("c:1", false, Stage.READY);
        openAll();
        pass(THREE, 29);
        assertStands(Phase.PROGRESSING, 10_000, "a:1", "b:1", "c:1");
        pass(THREE, 1);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(told.get(0).reason()).isEqualTo("all 3 instances were updated and well");
    }

    @Test
    void look_inABreach_givesAnUpdatedInstanceNoUsers() {
        start(THREE);
        openAll();
        look(THREE, Verdict.BREACH, 50);
        assertStands(Phase.PROGRESSING, 0, "a:1");
    }

    @Test
    void share_isByWeight() {
        Course course = new RollingCourse(
                List.of(new Instance("a:1", 3), new Instance("b:1", 1)), Duration.ZERO, Duration.ZERO, 0);
        Plan plan = new Plan("rolling", course, null, List.of());
        start(plan);
        openAll();
        pass(plan, 0);
        assertStands(Phase.PROGRESSING, 7500, "a:1");
        assertThat(course.placeOf(new Ratio(7500))).isZero();
    }

    @Test
    void course_oneInstance_isRefused() {
        List<Instance> one = List.of(new Instance("a:1", 1));
        assertThatThrownBy(() -> new RollingCourse(one, Duration.ZERO, Duration.ZERO, 0))
                .hasMessageContaining("at least two");
    }

    @Test
    void waits_isToldOnceForEachReason() {
        start(THREE);
        open();
        open();
        GateWaits busy = new GateWaits("v2", turn().gate(), "busy");
        happen(busy);
        assertThat(told.get(0).reason()).isEqualTo("updating a:1: waits for its hook: busy");
        happen(busy);
        assertThat(told).isEmpty();
    }

    @Test
    void opened_lateWord_changesNothing() {
        start(THREE);
        String ready = turn().gate();
        open();
        happen(new GateOpened("v2", ready));
        assertTurn("a:1", false, Stage.DRAIN);
        happen(new GateOpened("v1", turn().gate()));
        assertTurn("a:1", false, Stage.DRAIN);
        happen(new GateOpened("v2", "drain b:1"));
        assertTurn("a:1", false, Stage.DRAIN);
    }

    @Test
    void look_hookBeforeStep_isAskedBeforeAnInstanceIsTakenOut() {
        Plan asking = new Plan(
                "rolling", THREE.course(), null, List.of(), new Hooks(List.of("beforeStep"), List.of("afterStep")));
        start(asking);
        assertThat(fleet().turn()).isNull();
        Progress.AtHook hook = Objects.requireNonNull(
                Objects.requireNonNull(state().progress()).hook());
        assertThat(hook.ratio()).as("the ratio after the step").isEqualTo(new Ratio(3333));
        happen(new GateOpened("v2", "beforeStep"));
        pass(asking, 0);
        assertTurn("a:1", false, Stage.READY);
        openAll();
        pass(asking, 0);
        assertStands(Phase.PROGRESSING, 3333, "a:1");
        pass(asking, 5);
        assertThat(Objects.requireNonNull(state().progress()).outsideGate()).isEqualTo("afterStep");
    }

    // Back.

    @Test
    void breach_updatedInstances_areUndoneLastFirstInWhateverPhase() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        pass(THREE, 5);
        openAll();
        pass(THREE, 0);
        happen(RolloutMachineTest.breach(OnBreach.ROLLBACK));
        assertStands(Phase.ROLLED_BACK, 0, "a:1", "b:1");
        assertThat(fleet().undoing()).isTrue();
        look(THREE, Verdict.HEALTHY, 50);
        assertTurn("b:1", true, Stage.READY);
        assertThat(waitsFor(THREE)).isEqualTo("undoing b:1: waits until another instance is well; 2 left to undo");
        openAll();
        assertStands(Phase.ROLLED_BACK, 0, "a:1");
        look(THREE, Verdict.HEALTHY, 50);
        assertTurn("a:1", true, Stage.READY);
        openAll();
        look(THREE, Verdict.HEALTHY, 50);
        assertThat(told.get(0).reason()).isEqualTo("all instances are back on the version before v2");
        assertStands(Phase.ROLLED_BACK, 0);
        assertThat(fleet().undoing()).isFalse();
        look(THREE, Verdict.HEALTHY, 50);
        assertThat(told).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void abort_inAStage_takesBackWhatWasTouched(Stage stage) {
        start(THREE);
        while (turn().stage() != stage) {
            open();
        }
        happen(RolloutMachineTest.abort());
        assertThat(state().phase()).isEqualTo(Phase.ABORTED);
        if (stage == Stage.READY || stage == Stage.DRAIN) {
            assertThat(fleet().isUntouched()).isTrue();
            assertThat(fleet().undoing()).isFalse();
        } else {
            assertTurn("a:1", true, Stage.HOOK);
            assertThat(fleet().out()).isEqualTo("a:1");
            openAll();
            look(THREE, Verdict.HEALTHY, 50);
            assertThat(fleet().isUntouched()).isTrue();
        }
    }

    @Test
    void failed_update_rollsBackUnderItsName() {
        start(THREE);
        open();
        open();
        happen(new GateFailed("v2", turn().gate(), "exit status 1"));
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(told.get(0).check()).isEqualTo("update");
        assertThat(told.get(0).reason()).isEqualTo("a:1: exit status 1");
        assertTurn("a:1", true, Stage.HOOK);
    }

    @Test
    void failed_health_rollsBackUnderItsName() {
        start(THREE);
        open();
        open();
        open();
        happen(new GateFailed("v2", turn().gate(), "503"));
        assertThat(told.get(0).check()).isEqualTo("health");
    }

    @Test
    void failed_undo_isToldAndStaysOut() {
        start(THREE);
        open();
        open();
        happen(RolloutMachineTest.rollback());
        happen(new GateFailed("v2", turn().gate(), "exit status 1"));
        assertTurn("a:1", true, Stage.HOOK);
        assertThat(told.get(0).reason()).isEqualTo("undoing a:1: waits for its hook: exit status 1");
        assertThat(fleet().out()).isEqualTo("a:1");
    }

    @Test
    void rollback_afterThePromotion_undoesAll() {
        start(THREE);
        promoteByPlan();
        happen(RolloutMachineTest.rollback());
        assertStands(Phase.ROLLED_BACK, 0, "a:1", "b:1", "c:1");
        look(THREE, Verdict.HEALTHY, 50);
        assertTurn("c:1", true, Stage.READY);
    }

    private void promoteByPlan() {
        while (state().phase() != Phase.PROMOTED) {
            if (fleet().turn() == null) {
                pass(THREE, 30);
            } else {
                openAll();
            }
        }
    }

    // People, the file and other releases.

    @Test
    void promote_halfWay_isRefusedUntilAllAreUpdated() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        assertThat(step(RolloutMachineTest.promote())).isInstanceOf(Refused.class);
        assertThat(((Refused) step(RolloutMachineTest.promote())).problem()).contains("on 1 of 3 instances");
        pass(THREE, 5);
        openAll();
        pass(THREE, 0);
        pass(THREE, 5);
        openAll();
        happen(RolloutMachineTest.promote());
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
    }

    @Test
    void pause_inATurn_letsItEndAndTakesNoOther() {
        start(THREE);
        happen(RolloutMachineTest.pause());
        openAll();
        assertStands(Phase.PAUSED, 0, "a:1");
        pass(THREE, 60);
        assertStands(Phase.PAUSED, 0, "a:1");
        happen(RolloutMachineTest.resume());
        pass(THREE, 0);
        assertStands(Phase.PROGRESSING, 3333, "a:1");
    }

    @Test
    void otherRelease_afterThePromotion_startsWithNoneUpdated() {
        start(THREE);
        promoteByPlan();
        happen(RolloutMachineTest.start("v3"));
        assertStands(Phase.PROGRESSING, 0);
        look(THREE, Verdict.HEALTHY, 0);
        assertTurn("a:1", false, Stage.READY);
        assertThat(fleet().release()).isEqualTo("v3");
    }

    @Test
    void otherRelease_halfWay_waitsUntilTheOneBeforeIsUndone() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        happen(new Configured("v3", Ratio.NONE, THREE));
        assertStands(Phase.PROGRESSING, 0, "a:1");
        assertThat(fleet().release()).isEqualTo("v2");
        look(THREE, Verdict.HEALTHY, 0);
        assertTurn("a:1", true, Stage.READY);
        assertThat(waitsFor(THREE)).startsWith("waits until release v2 is undone; undoing a:1");
        openAll();
        look(THREE, Verdict.HEALTHY, 0);
        assertThat(fleet()).isEqualTo(Fleet.start("v3", 3));
        look(THREE, Verdict.HEALTHY, 0);
        assertTurn("a:1", false, Stage.READY);
    }

    @Test
    void otherRelease_whileOneIsUndone_waitsForThat() {
        start(THREE);
        open();
        open();
        happen(RolloutMachineTest.abort());
        happen(RolloutMachineTest.start("v3"));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertTurn("a:1", true, Stage.HOOK);
        openAll();
        look(THREE, Verdict.HEALTHY, 0);
        look(THREE, Verdict.HEALTHY, 0);
        assertThat(fleet().release()).isEqualTo("v3");
        assertTurn("a:1", false, Stage.READY);
    }

    @Test
    void configured_otherReleaseWithoutTheUpdatedInstance_hasNothingToUndo() {
        start(THREE);
        openAll();
        happen(new Configured("v3", Ratio.NONE, plan("b:1", "c:1")));
        assertThat(fleet()).isEqualTo(Fleet.start("v3", 2));
    }

    @Test
    void configured_latchedReleaseWhileAnotherIsHalfWay_undoesThat() {
        start(THREE);
        happen(RolloutMachineTest.abort());
        happen(RolloutMachineTest.start("v3"));
        look(THREE, Verdict.HEALTHY, 0);
        openAll();
        happen(new Configured("v4", Ratio.NONE, THREE));
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        happen(new Configured("v2", Ratio.NONE, THREE));
        assertStands(Phase.ABORTED, 0, "a:1");
        assertThat(fleet().undoing()).isTrue();
        assertThat(fleet().release()).isEqualTo("v3");
    }

    @Test
    void configured_instancesComeAndGo_keepsTheOthersAndFollowsTheShare() {
        start(THREE);
        openAll();
        pass(THREE, 0);
        Plan more = plan("x:1", "a:1", "b:1", "c:1");
        happen(new Configured("v2", Ratio.NONE, more));
        pass(more, 0);
        assertStands(Phase.PROGRESSING, 2500, "a:1");
        Plan without = plan("x:1", "b:1");
        happen(new Configured("v2", Ratio.NONE, without));
        pass(without, 0);
        assertStands(Phase.PROGRESSING, 0);
    }

    @Test
    void configured_instanceOfTheTurnIsGone_endsItsTurn() {
        start(THREE);
        open();
        happen(new Configured("v2", Ratio.NONE, plan("b:1", "c:1")));
        assertThat(fleet().turn()).isNull();
        assertThat(fleet().of()).isEqualTo(2);
    }

    @Test
    void configured_noLongerRolling_forgetsTheInstances() {
        start(THREE);
        open();
        happen(new Configured("v2", new Ratio(500)));
        assertThat(state().fleet()).isNull();
    }
}
