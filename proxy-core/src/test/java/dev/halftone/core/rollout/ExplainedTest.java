package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Accepted;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ExplainedTest {
    private static final RollbackStory STORY = new Analyzer(AnalysisSpec.DEFAULT).tell(null, 1, Map.of());

    private static RolloutState running(String release) {
        return step(null, RolloutMachineTest.file(release, 10)).state();
    }

    private static Accepted step(@org.jspecify.annotations.Nullable RolloutState before, RolloutEvent event) {
        return (Accepted) RolloutMachine.step("shop", before, event, 5);
    }

    @Test
    void explained_rollback_latchAndEventKnowIt() {
        Accepted told = step(running("v2"), RolloutMachineTest.breach(OnBreach.ROLLBACK))
                .explained(STORY);

        assertThat(Objects.requireNonNull(told.state().latchOf("v2")).story()).isEqualTo(STORY);
        assertThat(told.events().get(0).story()).isEqualTo(STORY);
        assertThat(told.events().get(0).check()).isEqualTo("too-many-errors");
        assertThat(told.state().phase()).isEqualTo(Phase.ROLLED_BACK);
    }

    @Test
    void explained_rollbackOnAPlan_keepsItsPlaceAndItsInstances() {
        RolloutState planned = running("v2")
                .withProgress(new Progress("the plan", 1, 5, null), Ratio.NONE)
                .withFleet(Fleet.start("v2", 2));
        Accepted told = step(planned, RolloutMachineTest.rollback()).explained(STORY);

        assertThat(told.state().progress()).isEqualTo(planned.progress());
        assertThat(told.state().fleet()).isEqualTo(planned.fleet());
    }

    @Test
    void explained_byAPerson_likewise() {
        Accepted told = step(running("v2"), RolloutMachineTest.rollback()).explained(STORY);

        assertThat(told.events().get(0).story()).isEqualTo(STORY);
    }

    @Test
    void explained_anythingElse_staysAsItIs() {
        for (RolloutEvent event : new RolloutEvent[] {
            RolloutMachineTest.abort(), RolloutMachineTest.pause(), RolloutMachineTest.breach(OnBreach.ALERT)
        }) {
            Accepted accepted = step(running("v2"), event);

            assertThat(accepted.isRollback()).isFalse();
            assertThat(accepted.explained(STORY)).isEqualTo(accepted);
        }
    }

    @Test
    void latch_ofANewerRelease_takesTheOlderOnesStory() {
        Accepted first = step(running("v2"), RolloutMachineTest.rollback()).explained(STORY);
        RolloutState second =
                step(first.state(), RolloutMachineTest.start("v3")).state();

        assertThat(Objects.requireNonNull(second.latchOf("v2")).story()).isEqualTo(STORY);
        Accepted both = step(second, RolloutMachineTest.rollback()).explained(STORY);

        assertThat(both.state().latched())
                .extracting(Latch::release, Latch::story)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("v2", null),
                        org.assertj.core.groups.Tuple.tuple("v3", STORY));
    }
}
