package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.rollout.RolloutEvent.Breached;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Accepted;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long random walks through all events; what must hold after every step of them. */
class RolloutMachinePropertyTest {
    private static final int STEPS = 20_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void step_randomWalk_keepsItsPromises(long seed) {
        Random random = new Random(seed);
        Set<Phase> seen = new HashSet<>();
        RolloutState state = null;
        for (int i = 0; i < STEPS; i++) {
            // Few names make clashes with latches common; now and then new ones let the walk go on.
            RolloutEvent event = randomEvent(random, "r" + (i / 200 + random.nextInt(4)));
            Transition transition = RolloutMachine.step("shop", state, event, i);

            assertThat(RolloutMachine.step("shop", state, event, i)).isEqualTo(transition);
            if (transition instanceof Accepted accepted) {
                assertPromises(state, event, accepted);
                state = accepted.state();
                seen.add(state.phase());
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(Phase.values());
    }

    private static void assertPromises(@Nullable RolloutState before, RolloutEvent event, Accepted accepted) {
        RolloutState after = accepted.state();
        boolean isTakenBack = after.phase() == Phase.ROLLED_BACK || after.phase() == Phase.ABORTED;
        assertThat(after.phase() == Phase.IDLE || isTakenBack)
                .as("no ratio in %s", after)
                .isIn(false, hasNoRatio(after));
        assertThat(after.latched().stream().map(Latch::release).anyMatch(after.release()::equals))
                .as("latched means taken back: %s", after)
                .isEqualTo(isTakenBack);
        if (before == null) {
            return;
        }
        assertThat(before.latched()).as("latches stay in %s", after).allMatch(latch -> isKept(latch, after));
        assertThat(accepted.events().isEmpty()).as("%s is told of", event).isEqualTo(isSilent(before, event, after));
        if (event instanceof Breached) {
            assertThat(after.ratio()).isLessThanOrEqualTo(before.ratio());
        }
        if (event instanceof Configured configured && configured.release().equals(before.fileRelease())) {
            assertThat(after.phase()).isEqualTo(phaseAfterReload(before, after));
        }
        for (AuditEvent audit : accepted.events()) {
            assertThat(audit.from()).isEqualTo(before.phase().label() + " " + before.ratio());
            assertThat(audit.to()).isEqualTo(after.phase().label() + " " + after.ratio());
        }
    }

    private static boolean hasNoRatio(RolloutState state) {
        return state.ratio().equals(Ratio.NONE);
    }

    private static boolean isKept(Latch latch, RolloutState after) {
        return after.latchOf(latch.release()) != null || after.latched().size() == Changes.MAX_LATCHES;
    }

    /** Silent if and only if the state is the same, but for a breach that is only told. */
    private static boolean isSilent(RolloutState before, RolloutEvent event, RolloutState after) {
        boolean isTold = event instanceof Breached breached
                && (before.phase() == Phase.PROMOTED
                        || (breached.onBreach() == OnBreach.ALERT
                                && (before.phase() == Phase.PROGRESSING || before.phase() == Phase.PAUSED)));
        return after.equals(before) && !isTold;
    }

    private static Phase phaseAfterReload(RolloutState before, RolloutState after) {
        boolean followsFile = !before.held() && (before.phase() == Phase.IDLE || before.phase() == Phase.PROGRESSING);
        if (!followsFile) {
            return before.phase();
        }
        return after.wanted().equals(Ratio.NONE) ? Phase.IDLE : Phase.PROGRESSING;
    }

    private static RolloutEvent randomEvent(Random random, String release) {
        int percent = random.nextInt(4) == 0 ? 0 : random.nextInt(101);
        return switch (random.nextInt(12)) {
            case 0, 1 -> RolloutMachineTest.file(release, percent);
            case 2 -> RolloutMachineTest.breach(OnBreach.ROLLBACK);
            case 3 -> RolloutMachineTest.breach(OnBreach.PAUSE);
            case 4 -> RolloutMachineTest.breach(OnBreach.ALERT);
            case 5 -> RolloutMachineTest.ratio(percent);
            case 6 -> RolloutMachineTest.pause();
            case 7 -> RolloutMachineTest.resume();
            case 8 -> RolloutMachineTest.promote();
            case 9 -> RolloutMachineTest.rollback();
            case 10 -> RolloutMachineTest.abort();
            default -> RolloutMachineTest.start(release);
        };
    }
}
