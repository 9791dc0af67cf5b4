package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.RolloutEvent.Command;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.Transition.Accepted;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random walks of releases with plans. What must hold after every event: no ratio rises by itself in a breach or a freeze
 * window; no step is entered before its hooks said go; a latched release never starts again; every standing can be rolled back from; the
 * same arguments give the same answer.
 */
class PlanPropertyTest {
    private static final int EVENTS = 20_000;
    private static final FreezeWindow NIGHT =
            new FreezeWindow(Cron.parse("0 20 * * *"), Duration.ofHours(11), ZoneOffset.UTC);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void step_randomWalkOnPlans_keepsItsPromises(long seed) {
        Random random = new Random(seed);
        Set<Phase> seen = new HashSet<>();
        int rises = 0;
        RolloutState state = null;
        Plan plan = randomPlan(random);
        long nowMillis = Instant.parse("2026-11-25T10:00:00Z").toEpochMilli();
        for (int i = 0; i < EVENTS; i++) {
            nowMillis += random.nextInt(4 * 60_000);
            String release = "r" + (i / 200 + random.nextInt(3));
            plan = random.nextInt(100) == 0 ? randomPlan(random) : plan;
            RolloutEvent event = i % 5 != 0 && state != null
                    ? new Looked(plan, randomEvidence(random))
                    : randomEvent(random, release, plan, state);
            if (event instanceof Looked && !isKnown(state, plan)) {
                event = new Configured(release, Ratio.NONE, plan);
            }
            Transition transition = RolloutMachine.step("shop", state, event, nowMillis);

            assertThat(RolloutMachine.step("shop", state, event, nowMillis)).isEqualTo(transition);
            if (transition instanceof Accepted accepted) {
                assertPromises(state, event, accepted.state(), plan, nowMillis);
                rises += event instanceof Looked
                                && state != null
                                && accepted.state().ratio().compareTo(state.ratio()) > 0
                        ? 1
                        : 0;
                state = accepted.state();
                seen.add(state.phase());
            }
        }
        assertThat(seen).contains(Phase.PROGRESSING, Phase.PAUSED, Phase.PROMOTED, Phase.ROLLED_BACK, Phase.ABORTED);
        assertThat(rises).as("steps up in the walk").isGreaterThan(100);
    }

    private static boolean isKnown(@Nullable RolloutState state, Plan plan) {
        Progress at = state == null ? null : state.progress();
        return at != null && at.plan().equals(plan.course().words());
    }

    private static void assertPromises(
            @Nullable RolloutState before, RolloutEvent event, RolloutState after, Plan plan, long nowMillis) {
        if (before == null) {
            assertThat(after.progress() == null || after.ratio().equals(Ratio.NONE))
                    .isTrue();
            return;
        }
        boolean rises = after.ratio().compareTo(before.ratio()) > 0;
        boolean isPersons = event instanceof SetRatio || event instanceof Promote;
        boolean isFilesRatio = (event instanceof Configured configured && configured.plan() == null)
                || (before.progress() == null && event instanceof Command);
        if (rises && !isPersons && !isFilesRatio) {
            assertThat(event).as("what raises a ratio by itself").isInstanceOf(Looked.class);
            assertThat(((Looked) event).seen().verdict()).isNotEqualTo(Verdict.BREACH);
            assertThat(plan.frozenUntil(nowMillis)).isEmpty();
            assertThat(before.phase()).isEqualTo(Phase.PROGRESSING);
            assertThat(before.held()).isFalse();
            assertAllSaidGo(before, after, plan.hooks());
        }
        if (before.takenBack() && after.release().equals(before.release())) {
            assertThat(after.phase()).as("a latched release after %s", event).isEqualTo(before.phase());
            assertThat(after.ratio()).isEqualTo(Ratio.NONE);
        }
        if (after.latchOf(after.release()) != null) {
            assertThat(after.takenBack()).isTrue();
        }
        if (!after.takenBack()) {
            Accepted back = (Accepted) RolloutMachine.step("shop", after, RolloutMachineTest.rollback(), nowMillis);
            assertThat(back.state().phase()).isEqualTo(Phase.ROLLED_BACK);
            assertThat(back.state().ratio()).isEqualTo(Ratio.NONE);
        }
        boolean isJudged = after.phase() == Phase.PROGRESSING || after.phase() == Phase.PAUSED;
        if (isJudged) {
            Accepted back = (Accepted)
                    RolloutMachine.step("shop", after, RolloutMachineTest.breach(OnBreach.ROLLBACK), nowMillis);
            assertThat(back.state().phase()).isEqualTo(Phase.ROLLED_BACK);
        }
    }

    private static void assertAllSaidGo(RolloutState before, RolloutState after, Hooks hooks) {
        Progress from = Objects.requireNonNull(before.progress());
        Progress to = Objects.requireNonNull(after.progress());
        boolean isNewStep = after.phase() == Phase.PROGRESSING && from.step() != to.step();
        if (isNewStep && !hooks.beforeStep().isEmpty()) {
            Progress.AtHook asked = Objects.requireNonNull(from.hook());
            assertThat(asked.name()).isEqualTo("before-2");
            assertThat(asked.open()).isTrue();
            assertThat(after.ratio()).isLessThanOrEqualTo(asked.ratio());
        }
    }

    private static Evidence randomEvidence(Random random) {
        Verdict verdict = random.nextInt(8) == 0
                ? Verdict.BREACH
                : random.nextInt(4) == 0 ? Verdict.INSUFFICIENT : Verdict.HEALTHY;
        Tally canary = new Tally(random.nextInt(5000), random.nextInt(3));
        return new Evidence(verdict, "why", random.nextInt(500), canary, new Tally(9000, 9), random.nextInt(50));
    }

    private static Plan randomPlan(Random random) {
        Duration deadline = random.nextBoolean() ? null : Duration.ofHours(2 + random.nextInt(20));
        List<FreezeWindow> freeze = random.nextBoolean() ? List.of() : List.of(NIGHT);
        Course course = switch (random.nextInt(4)) {
            case 0 -> StepCourse.blueGreen(true, Duration.ofMinutes(random.nextInt(20)), 10);
            case 1 ->
                new AdaptiveCourse(
                        new Ratio(100),
                        new Ratio(5000),
                        2 + random.nextInt(10),
                        Duration.ofMinutes(1),
                        10,
                        10 + random.nextInt(100),
                        0.001,
                        Duration.ofMinutes(random.nextInt(20)));
            default -> randomSteps(random);
        };
        Hooks hooks = random.nextInt(3) > 0
                ? Hooks.NONE
                : new Hooks(List.of("before", "before-2"), random.nextBoolean() ? List.of("after") : List.of());
        return new Plan("canary", course, deadline, freeze, hooks);
    }

    private static StepCourse randomSteps(Random random) {
        List<Step> steps = new ArrayList<>();
        int percent = 0;
        while (percent < 100) {
            if (random.nextInt(3) == 0) {
                steps.add(new Step.Gate(random.nextBoolean() ? Step.OPERATOR : "hook"));
            }
            percent = Math.min(100, percent + 1 + random.nextInt(60));
            steps.add(PlanTest.at(percent, random.nextInt(20)));
        }
        return new StepCourse(steps);
    }

    private static RolloutEvent randomEvent(Random random, String release, Plan plan, @Nullable RolloutState state) {
        String present = state == null ? release : state.release();
        Progress at = state == null ? null : state.progress();
        String waited = at == null ? null : at.outsideGate();
        String gate = waited != null && random.nextBoolean() ? waited : random.nextBoolean() ? "hook" : "smoke";
        return switch (random.nextInt(24)) {
            case 0 -> RolloutMachineTest.breach(OnBreach.ROLLBACK);
            case 1 -> RolloutMachineTest.breach(OnBreach.PAUSE);
            case 2 -> RolloutMachineTest.breach(OnBreach.ALERT);
            case 3 -> RolloutMachineTest.ratio(random.nextInt(101));
            case 4 -> RolloutMachineTest.pause();
            case 5 -> RolloutMachineTest.promote();
            case 6 -> RolloutMachineTest.rollback();
            case 7 -> RolloutMachineTest.abort();
            case 8, 9 -> RolloutMachineTest.start(release);
            case 10 -> new Configured(release, new Ratio(random.nextInt(100) * 100));
            case 11 -> new GateFailed(present, gate, "no");
            case 12 -> new GateWaits(present, gate, "not yet");
            case 13, 14, 15 -> new GateOpened(present, gate);
            case 16, 17, 18 -> new Configured(present, Ratio.NONE, plan);
            default -> RolloutMachineTest.resume();
        };
    }
}
