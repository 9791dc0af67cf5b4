package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.Fleet.Stage;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.Transition.Accepted;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random walks of rolling releases. What must hold after every event: no ratio rises by itself in a breach or a freeze window; a
 * latched release never starts again, and nothing of it is updated any more; one instance at most is out, and whoever has users by the
 * plan has an instance that serves; every standing can be rolled back from, and then all instances come back.
 */
class RollingPropertyTest {
    private static final int EVENTS = 20_000;
    private static final FreezeWindow NIGHT =
            new FreezeWindow(Cron.parse("0 20 * * *"), Duration.ofHours(11), ZoneOffset.UTC);
    private static final List<String> NAMES = List.of("a:1", "b:1", "c:1", "d:1");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void step_randomWalk_keepsItsPromises(long seed) {
        Random random = new Random(seed);
        Set<String> seen = new HashSet<>();
        Plan bare = RollingTest.plan(NAMES.toArray(String[]::new));
        Plan plan = new Plan("rolling", bare.course(), null, seed % 2 == 0 ? List.of() : List.of(NIGHT), hooks(seed));
        RolloutState state = null;
        long nowMillis = Instant.parse("2026-11-25T10:00:00Z").toEpochMilli();
        for (int i = 0; i < EVENTS; i++) {
            nowMillis += random.nextInt(4 * 60_000);
            String release = "r" + i / 400;
            RolloutEvent event = state == null
                    ? new Configured(release, Ratio.NONE, plan)
                    : random.nextInt(3) > 0
                            ? new Looked(plan, randomEvidence(random))
                            : randomEvent(random, release, plan, state);
            Transition transition = RolloutMachine.step("shop", state, event, nowMillis);

            assertThat(RolloutMachine.step("shop", state, event, nowMillis)).isEqualTo(transition);
            if (transition instanceof Accepted accepted) {
                assertPromises(state, event, accepted.state(), plan, nowMillis);
                state = accepted.state();
                note(seen, state);
            }
        }
        assertThat(seen)
                .contains("progressing", "paused", "promoted", "rolledBack", "aborted", "4 updated")
                .contains("update READY", "update DRAIN", "update HOOK", "update HEALTH")
                .contains("undo READY", "undo DRAIN", "undo HOOK", "undo HEALTH");
    }

    private static Hooks hooks(long seed) {
        return seed % 3 == 0 ? new Hooks(List.of("before"), List.of("after")) : Hooks.NONE;
    }

    private static void note(Set<String> seen, RolloutState state) {
        Fleet fleet = Objects.requireNonNull(state.fleet());
        Turn turn = fleet.turn();
        seen.add(state.phase().label());
        seen.add(fleet.updated().size() + " updated");
        if (turn != null) {
            seen.add((turn.undo() ? "undo " : "update ") + turn.stage());
        }
    }

    private static void assertPromises(
            @Nullable RolloutState before, RolloutEvent event, RolloutState after, Plan plan, long nowMillis) {
        Fleet fleet = Objects.requireNonNull(after.fleet());
        assertServed(after, fleet);
        if (after.takenBack()) {
            assertThat(after.ratio()).isEqualTo(Ratio.NONE);
            assertThat(fleet.turn() == null || fleet.turn().undo())
                    .as("an update of a release taken back")
                    .isTrue();
            assertThat(fleet.undoing() || fleet.isUntouched())
                    .as("what was updated is being undone")
                    .isTrue();
        }
        if (before == null) {
            return;
        }
        if (after.ratio().compareTo(before.ratio()) > 0 && !(event instanceof SetRatio)) {
            boolean isPromoted =
                    after.phase() == Phase.PROMOTED && fleet.updated().size() == NAMES.size();
            assertThat(event instanceof Looked || isPromoted)
                    .as("%s raises the ratio", event)
                    .isTrue();
            if (event instanceof Looked looked) {
                assertThat(looked.seen().verdict()).isNotEqualTo(Verdict.BREACH);
                assertThat(plan.frozenUntil(nowMillis)).isEmpty();
            }
        }
        if (before.takenBack() && after.release().equals(before.release())) {
            assertThat(after.phase()).isEqualTo(before.phase());
            assertThat(fleet.updated())
                    .as("updated after the latch")
                    .hasSizeLessThanOrEqualTo(
                            Objects.requireNonNull(before.fleet()).updated().size());
        }
        assertComesBack(after, plan, nowMillis);
    }

    private static void assertServed(RolloutState state, Fleet fleet) {
        String out = fleet.out();
        long updated =
                fleet.updated().stream().filter(name -> !name.equals(out)).count();
        long others = NAMES.stream()
                .filter(name -> !fleet.updated().contains(name) && !name.equals(out))
                .count();
        assertThat(updated + others).isGreaterThanOrEqualTo(NAMES.size() - 1);
        boolean isByPlan = state.phase() == Phase.PROGRESSING
                && !state.held()
                && !fleet.undoing()
                && state.ratio().equals(state.wanted());
        if (isByPlan && state.ratio().compareTo(Ratio.NONE) > 0) {
            assertThat(updated).as("who serves the canary's users").isPositive();
        }
        if (isByPlan && state.ratio().compareTo(Ratio.ALL) < 0) {
            boolean isJustPutBack = fleet.updated().size() == NAMES.size();
            assertThat(others > 0 || isJustPutBack)
                    .as("who serves stable's users")
                    .isTrue();
        }
    }

    /** Rolled back from here, with hooks that say go, every instance is on the version before in the end. */
    private static void assertComesBack(RolloutState from, Plan plan, long nowMillis) {
        RolloutState state = from;
        if (!state.takenBack()) {
            state = ((Accepted) RolloutMachine.step("shop", state, RolloutMachineTest.rollback(), nowMillis)).state();
        }
        for (int i = 0; i < 6 * NAMES.size(); i++) {
            Fleet fleet = Objects.requireNonNull(state.fleet());
            Turn turn = fleet.turn();
            RolloutEvent event =
                    turn == null ? new Looked(plan, Evidence.NONE) : new GateOpened(fleet.release(), turn.gate());
            state = ((Accepted) RolloutMachine.step("shop", state, event, nowMillis)).state();
        }
        Fleet fleet = Objects.requireNonNull(state.fleet());
        assertThat(fleet.isUntouched()).isTrue();
        assertThat(fleet.undoing()).isFalse();
        assertThat(state.takenBack()).isTrue();
    }

    private static Evidence randomEvidence(Random random) {
        Verdict verdict = random.nextInt(12) == 0
                ? Verdict.BREACH
                : random.nextInt(6) == 0 ? Verdict.INSUFFICIENT : Verdict.HEALTHY;
        return new Evidence(verdict, "why", 40 + random.nextInt(100), Tally.NONE, Tally.NONE, 10);
    }

    private static RolloutEvent randomEvent(Random random, String release, Plan plan, RolloutState state) {
        Fleet fleet = Objects.requireNonNull(state.fleet());
        Turn turn = fleet.turn();
        Progress at = state.progress();
        String hook = at == null ? null : at.outsideGate();
        String gate = turn != null ? turn.gate() : hook != null ? hook : Stage.HOOK.name();
        String of = turn != null ? fleet.release() : state.release();
        return switch (random.nextInt(160)) {
            case 0 -> RolloutMachineTest.breach(OnBreach.ROLLBACK);
            case 1 -> RolloutMachineTest.breach(OnBreach.PAUSE);
            case 2 -> RolloutMachineTest.ratio(random.nextInt(101));
            case 3 -> RolloutMachineTest.pause();
            case 4 -> RolloutMachineTest.promote();
            case 5 -> RolloutMachineTest.rollback();
            case 6 -> RolloutMachineTest.abort();
            case 7 -> RolloutMachineTest.start(release);
            case 8 -> new GateFailed(of, gate, "no");
            case 9 -> new GateWaits(of, gate, "not yet");
            case 10 -> new Configured(release, Ratio.NONE, plan);
            case 11, 12 -> RolloutMachineTest.resume();
            default -> new GateOpened(of, gate);
        };
    }
}
