package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.rollout.RolloutEvent.Abort;
import dev.halftone.core.rollout.RolloutEvent.Breached;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.Pause;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutEvent.Resume;
import dev.halftone.core.rollout.RolloutEvent.Rollback;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.RolloutEvent.StartRelease;
import dev.halftone.core.rollout.Transition.Accepted;
import dev.halftone.core.rollout.Transition.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RolloutMachineTest {
    private static final long NOW_MILLIS = 1_700_000_000_000L;
    private static final String WHY = "42 of 120 canary requests failed (35 %) in the last 3 s; limit 5 %";

    private long nowMillis = NOW_MILLIS;

    // The configuration.

    @Test
    void step_firstConfiguration_startsAtTheFilesRatio() {
        Accepted accepted = accept(null, file("v2", 10));

        assertStanding(accepted.state(), "v2", Phase.PROGRESSING, 10, false);
        assertThat(accepted.events())
                .containsExactly(new AuditEvent(
                        NOW_MILLIS + 1000,
                        "shop",
                        "v2",
                        "configuration",
                        "release",
                        "none",
                        "progressing 10",
                        "",
                        "release v2 started by the configuration"));
    }

    @Test
    void step_firstConfigurationAtZero_isIdle() {
        assertStanding(after(file("v2", 0)), "v2", Phase.IDLE, 0, false);
    }

    @Test
    void step_sameConfigurationAgain_changesNothing() {
        RolloutState before = after(file("v2", 10));

        assertUnchanged(before, file("v2", 10));
    }

    @Test
    void step_fileRaisesRatio_applies() {
        Accepted accepted = accept(after(file("v2", 10)), file("v2", 25));

        assertStanding(accepted.state(), "v2", Phase.PROGRESSING, 25, false);
        assertThat(onlyEvent(accepted).action()).isEqualTo("ratio");
        assertThat(onlyEvent(accepted).actor()).isEqualTo("configuration");
        assertThat(onlyEvent(accepted).from()).isEqualTo("progressing 10");
        assertThat(onlyEvent(accepted).to()).isEqualTo("progressing 25");
    }

    @Test
    void step_fileGoesToZeroAndBack_isIdleAndProgressingAgain() {
        RolloutState idle = after(file("v2", 10), file("v2", 0));

        assertStanding(idle, "v2", Phase.IDLE, 0, false);
        assertStanding(accept(idle, file("v2", 5)).state(), "v2", Phase.PROGRESSING, 5, false);
    }

    @Test
    void step_fileChangesRatioWhileHeldByOperator_onlyNotesIt() {
        Accepted accepted = accept(after(file("v2", 10), ratio(3)), file("v2", 50));

        assertStanding(accepted.state(), "v2", Phase.PROGRESSING, 3, true);
        assertThat(accepted.state().wanted()).isEqualTo(percent(50));
        assertThat(onlyEvent(accepted).action()).isEqualTo("wanted");
        assertThat(onlyEvent(accepted).reason())
                .isEqualTo(
                        "the configuration wants release v2 at 50 %; not applied, release v2 is held at 3 % by an operator");
    }

    @Test
    void step_fileChangesRatioWhilePausedPromotedOrLatched_onlyNotesIt() {
        for (RolloutEvent held : List.of(pause(), promote(), rollback(), abort())) {
            RolloutState before = after(file("v2", 10), held);
            RolloutState after = accept(before, file("v2", 50)).state();

            assertThat(after.wanted()).isEqualTo(percent(50));
            assertThat(after.ratio()).isEqualTo(before.ratio());
            assertThat(after.phase()).isEqualTo(before.phase());
            assertThat(after.reason()).isEqualTo(before.reason());
            assertThat(after.sinceMillis()).isEqualTo(before.sinceMillis());
        }
    }

    @Test
    void step_fileNamesNewRelease_startsAfresh() {
        for (RolloutEvent held : List.of(pause(), promote(), rollback(), abort(), ratio(3))) {
            Accepted accepted = accept(after(file("v2", 10), held), file("v3", 20));

            assertStanding(accepted.state(), "v3", Phase.PROGRESSING, 20, false);
            assertThat(onlyEvent(accepted).action()).isEqualTo("release");
        }
    }

    @Test
    void step_fileNamesLatchedRelease_staysAtZeroAndSaysSo() {
        RolloutState v3 = after(file("v2", 10), breach(OnBreach.ROLLBACK), file("v3", 20));

        Accepted accepted = accept(v3, file("v2", 10));

        assertStanding(accepted.state(), "v2", Phase.ROLLED_BACK, 0, false);
        assertThat(accepted.state().reason())
                .isEqualTo(
                        "release v2 was rolled back at 2023-11-14T22:13:22Z; it stays at 0 until another release is named");
        assertThat(onlyEvent(accepted).to()).isEqualTo("rolledBack 0");
    }

    @Test
    void step_reloadAfterReleaseByApi_keepsIt() {
        RolloutState v3 = after(file("v2", 10), start("v3"), breach(OnBreach.ROLLBACK));

        assertUnchanged(v3, file("v2", 10));
    }

    @Test
    void step_fileCatchesUpWithReleaseByApi_doesNotStartItAgain() {
        RolloutState paused = after(file("v2", 10), start("v3"), pause());

        RolloutState after = accept(paused, file("v3", 10)).state();

        assertStanding(after, "v3", Phase.PAUSED, 10, false);
        assertThat(after.fileRelease()).isEqualTo("v3");
    }

    // The checks.

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void step_breach_rollsBackAndLatches(boolean isPaused) {
        RolloutState before = isPaused ? after(file("v2", 10), pause()) : after(file("v2", 10));

        Accepted accepted = accept(before, breach(OnBreach.ROLLBACK));

        assertStanding(accepted.state(), "v2", Phase.ROLLED_BACK, 0, false);
        assertThat(accepted.state().latched()).extracting("release").containsExactly("v2");
        AuditEvent event = onlyEvent(accepted);
        assertThat(event.action()).isEqualTo("rollback");
        assertThat(event.actor()).isEqualTo("halftone");
        assertThat(event.check()).isEqualTo("too-many-errors");
        assertThat(event.reason()).isEqualTo(WHY);
        assertThat(event.from()).isEqualTo(isPaused ? "paused 10" : "progressing 10");
        assertThat(event.to()).isEqualTo("rolledBack 0");
    }

    @Test
    void step_secondBreach_changesNothing() {
        assertUnchanged(after(file("v2", 10), breach(OnBreach.ROLLBACK)), breach(OnBreach.ROLLBACK));
        assertUnchanged(after(file("v2", 10), abort()), breach(OnBreach.ROLLBACK));
        assertUnchanged(after(file("v2", 10), breach(OnBreach.PAUSE)), breach(OnBreach.PAUSE));
    }

    @Test
    void step_breachWhileIdle_changesNothing() {
        assertUnchanged(after(file("v2", 0)), breach(OnBreach.ROLLBACK));
    }

    @Test
    void step_breachThatPauses_keepsTheRatio() {
        Accepted accepted = accept(after(file("v2", 10)), breach(OnBreach.PAUSE));

        assertStanding(accepted.state(), "v2", Phase.PAUSED, 10, false);
        assertThat(onlyEvent(accepted).action()).isEqualTo("pause");
    }

    @Test
    void step_breachThatAlerts_onlyTells() {
        RolloutState before = after(file("v2", 10));

        Accepted accepted = accept(before, breach(OnBreach.ALERT));

        assertThat(accepted.state()).isEqualTo(before);
        assertThat(onlyEvent(accepted).action()).isEqualTo("breach");
    }

    @Test
    void step_breachAfterPromotion_onlyTells() {
        RolloutState promoted = after(file("v2", 10), promote());

        Accepted accepted = accept(promoted, breach(OnBreach.ROLLBACK));

        assertThat(accepted.state()).isEqualTo(promoted);
        assertThat(onlyEvent(accepted).action()).isEqualTo("breach");
    }

    @Test
    void breached_withHealthyResult_isRefused() {
        CheckResult healthy = new CheckResult("c", Metric.ERROR_RATE, "threshold", Verdict.HEALTHY, 0, 0, 9, "fine");

        assertThatThrownBy(() -> new Breached(healthy, OnBreach.ROLLBACK))
                .hasMessage("verdict healthy of check c (expected: breach)");
    }

    // Operators.

    @Test
    void step_setRatio_holdsIt() {
        Accepted accepted = accept(after(file("v2", 10)), ratio(30));

        assertStanding(accepted.state(), "v2", Phase.PROGRESSING, 30, true);
        assertThat(accepted.state().reason()).isEqualTo("set to 30 % by ann: because");
        assertThat(onlyEvent(accepted).actor()).isEqualTo("ann");
        assertUnchanged(accepted.state(), ratio(30));
    }

    @Test
    void step_setRatioWhilePaused_staysPaused() {
        assertStanding(after(file("v2", 10), pause(), ratio(5)), "v2", Phase.PAUSED, 5, true);
    }

    @Test
    void step_setRatioAfterPromotion_progressesAgain() {
        assertStanding(after(file("v2", 10), promote(), ratio(50)), "v2", Phase.PROGRESSING, 50, true);
    }

    @Test
    void step_setRatioToZero_isHeldAtZero() {
        RolloutState zero = after(file("v2", 10), ratio(0));

        assertStanding(zero, "v2", Phase.PROGRESSING, 0, true);
        assertStanding(accept(zero, file("v2", 20)).state(), "v2", Phase.PROGRESSING, 0, true);
    }

    @Test
    void step_pauseAndResume_returnToTheFilesRatio() {
        RolloutState paused = after(file("v2", 10), ratio(5), pause());

        assertStanding(paused, "v2", Phase.PAUSED, 5, true);
        assertUnchanged(paused, pause());
        assertStanding(accept(paused, resume()).state(), "v2", Phase.PROGRESSING, 10, false);
    }

    @Test
    void step_resume_endsAnOperatorsRatio() {
        RolloutState resumed = after(file("v2", 10), ratio(30), resume());

        assertStanding(resumed, "v2", Phase.PROGRESSING, 10, false);
        assertUnchanged(resumed, resume());
    }

    @Test
    void step_promote_sendsEverybody() {
        RolloutState promoted = after(file("v2", 10), promote());

        assertStanding(promoted, "v2", Phase.PROMOTED, 100, true);
        assertUnchanged(promoted, promote());
    }

    @Test
    void step_pauseOrResumeAfterPromotion_isRefused() {
        RolloutState promoted = after(file("v2", 10), promote());

        assertThat(refusal(promoted, pause()))
                .isEqualTo(
                        "release v2 is promoted: take users back with `halftone ratio shop N` or `halftone rollback shop`");
        assertThat(refusal(promoted, resume())).contains("promoted");
    }

    @Test
    void step_rollbackByOperator_latchesAsManual() {
        for (RolloutEvent[] history : new RolloutEvent[][] {
            {file("v2", 10)}, {file("v2", 10), pause()}, {file("v2", 10), promote()}, {file("v2", 0)}
        }) {
            Accepted accepted = accept(after(history), rollback());

            assertStanding(accepted.state(), "v2", Phase.ROLLED_BACK, 0, false);
            assertThat(onlyEvent(accepted).check()).isEqualTo("manual");
            assertUnchanged(accepted.state(), rollback());
            assertUnchanged(accepted.state(), abort());
        }
    }

    @Test
    void step_abort_latches() {
        Accepted accepted = accept(after(file("v2", 10)), abort());

        assertStanding(accepted.state(), "v2", Phase.ABORTED, 0, false);
        assertThat(onlyEvent(accepted).action()).isEqualTo("abort");
        assertUnchanged(accepted.state(), abort());
        assertUnchanged(accepted.state(), rollback());
    }

    @Test
    void step_commandOnLatchedRelease_saysWhatToDo() {
        RolloutState rolledBack = after(file("v2", 10), breach(OnBreach.ROLLBACK));

        for (RolloutEvent command : List.of(ratio(1), pause(), resume(), promote(), start("v2"))) {
            assertThat(refusal(rolledBack, command))
                    .isEqualTo("release v2 was rolled back at 2023-11-14T22:13:22Z: "
                            + "start another with `halftone release shop NAME`");
        }
    }

    @Test
    void step_startRelease_startsAfreshAtTheFilesRatio() {
        Accepted accepted = accept(after(file("v2", 10), rollback()), start("v3"));

        assertStanding(accepted.state(), "v3", Phase.PROGRESSING, 10, false);
        assertThat(accepted.state().fileRelease()).isEqualTo("v2");
        assertUnchanged(accepted.state(), start("v3"));
    }

    @Test
    void step_startLatchedRelease_isRefusedEvenWhileAnotherRuns() {
        RolloutState v3 = after(file("v2", 10), rollback(), start("v3"));

        assertThat(refusal(v3, start("v2"))).startsWith("release v2 was rolled back at");
    }

    @Test
    void step_manyLatches_keepsTheNewestHundred() {
        RolloutState state = after(file("r0", 10));
        for (int i = 1; i <= 150; i++) {
            state = accept(accept(state, rollback()).state(), start("r" + i)).state();
        }

        assertThat(state.latched()).hasSize(100);
        assertThat(state.latched().get(0).release()).isEqualTo("r50");
        assertThat(state.latched().get(99).release()).isEqualTo("r149");
    }

    @Test
    void step_withoutState_refusesAllButTheConfiguration() {
        assertThat(refusal(null, ratio(5)))
                .isEqualTo("route shop has no release yet (expected: a canary in its configuration)");
        assertThat(refusal(null, breach(OnBreach.ROLLBACK))).contains("no release yet");
    }

    @Test
    void step_stateOfAnotherRoute_isAnError() {
        RolloutState shop = after(file("v2", 10));

        assertThatThrownBy(() -> RolloutMachine.step("blog", shop, pause(), NOW_MILLIS))
                .hasMessage("state of route shop (expected: blog)");
    }

    // Shorthands.

    private RolloutState after(RolloutEvent... events) {
        RolloutState state = accept(null, events[0]).state();
        for (RolloutEvent event : List.of(events).subList(1, events.length)) {
            state = accept(state, event).state();
        }
        return state;
    }

    private Accepted accept(@Nullable RolloutState state, RolloutEvent event) {
        nowMillis += 1000;
        Transition transition = RolloutMachine.step("shop", state, event, nowMillis);
        assertThat(transition).isInstanceOf(Accepted.class);
        return (Accepted) transition;
    }

    private String refusal(@Nullable RolloutState state, RolloutEvent event) {
        Transition transition = RolloutMachine.step("shop", state, event, nowMillis);
        assertThat(transition).isInstanceOf(Refused.class);
        return ((Refused) transition).problem();
    }

    private void assertUnchanged(RolloutState state, RolloutEvent event) {
        assertThat(accept(state, event)).isEqualTo(new Accepted(state, List.of()));
    }

    private static void assertStanding(RolloutState state, String release, Phase phase, int percent, boolean held) {
        assertThat(state.release()).isEqualTo(release);
        assertThat(state.phase()).isEqualTo(phase);
        assertThat(state.ratio()).isEqualTo(percent(percent));
        assertThat(state.held()).isEqualTo(held);
    }

    private static AuditEvent onlyEvent(Accepted accepted) {
        assertThat(accepted.events()).hasSize(1);
        return accepted.events().get(0);
    }

    static Ratio percent(int percent) {
        return new Ratio(percent * 100);
    }

    static RolloutEvent file(String release, int percent) {
        return new Configured(release, percent(percent));
    }

    static RolloutEvent breach(OnBreach onBreach) {
        return new Breached(
                new CheckResult(
                        "too-many-errors", Metric.ERROR_RATE, "threshold", Verdict.BREACH, 0.35, 0.05, 120, WHY),
                onBreach);
    }

    static RolloutEvent ratio(int percent) {
        return new SetRatio(percent(percent), "ann", "because");
    }

    static RolloutEvent pause() {
        return new Pause("ann", "because");
    }

    static RolloutEvent resume() {
        return new Resume("ann", "because");
    }

    static RolloutEvent promote() {
        return new Promote("ann", "because");
    }

    static RolloutEvent rollback() {
        return new Rollback("ann", "because");
    }

    static RolloutEvent abort() {
        return new Abort("ann", "because");
    }

    static RolloutEvent start(String release) {
        return new StartRelease(release, "ann", "because");
    }
}
