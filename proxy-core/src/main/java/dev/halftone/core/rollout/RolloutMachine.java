package dev.halftone.core.rollout;

import static dev.halftone.core.rollout.Changes.HALFTONE;
import static dev.halftone.core.rollout.Changes.accepted;
import static dev.halftone.core.rollout.Changes.unchanged;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.rollout.RolloutEvent.Breached;
import dev.halftone.core.rollout.RolloutEvent.Command;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import dev.halftone.core.rollout.Transition.Refused;
import org.jspecify.annotations.Nullable;

/**
 * The life of a release as one pure function. Tests, the control loop and the simulator call the same method; any thread may.
 *
 * <table>
 * <caption>What an event does in each phase; "file" is the ratio that the configuration wants</caption>
 * <tr><th></th><th>idle</th><th>progressing</th><th>paused</th><th>promoted</th><th>rolledBack, aborted</th></tr>
 * <tr><td>same file release</td><td colspan="2">file's ratio unless held; idle at 0, else progressing</td>
 *     <td colspan="3">wanted is noted, nothing else</td></tr>
 * <tr><td>other file release</td><td colspan="5">starts afresh; if that release is latched: its latch, ratio 0</td></tr>
 * <tr><td>breach, rollback</td><td>same</td><td>rolledBack</td><td>rolledBack</td><td>told</td><td>same</td></tr>
 * <tr><td>breach, pause</td><td>same</td><td>paused</td><td>same</td><td>told</td><td>same</td></tr>
 * <tr><td>breach, alert</td><td>same</td><td>told</td><td>told</td><td>told</td><td>same</td></tr>
 * <tr><td>set ratio</td><td>progressing, held</td><td>held</td><td>paused, held</td><td>progressing, held</td>
 *     <td>refused</td></tr>
 * <tr><td>pause</td><td>paused</td><td>paused</td><td>same</td><td>refused</td><td>refused</td></tr>
 * <tr><td>resume</td><td>file's ratio</td><td>file's ratio</td><td>file's ratio</td><td>refused</td><td>refused</td></tr>
 * <tr><td>promote</td><td colspan="3">promoted, ratio 100</td><td>same</td><td>refused</td></tr>
 * <tr><td>rollback</td><td colspan="4">rolledBack, ratio 0</td><td>same</td></tr>
 * <tr><td>abort</td><td colspan="4">aborted, ratio 0</td><td>same</td></tr>
 * <tr><td>start release</td><td colspan="5">same name: same; latched name: refused; else starts afresh</td></tr>
 * </table>
 *
 * <p>The table is for a release with a ratio. One with a plan (steps, blue-green, an adaptive ramp) is always progressing where
 * the table says "file's ratio", at the ratio of its step, and these events move it, in phase progressing and not held only:
 *
 * <table>
 * <caption>What moves a plan</caption>
 * <tr><td>look, step is passed</td><td>the next step's ratio; at a pause gate paused; after the last step promoted</td></tr>
 * <tr><td>look, in a freeze window or a breach</td><td>same</td></tr>
 * <tr><td>look, past the deadline</td><td>rolledBack</td></tr>
 * <tr><td>look, a variant of an A/B test has won</td><td>paused, or promoted; the winner is noted</td></tr>
 * <tr><td>look, an A/B test is lost</td><td>rolledBack; in a freeze window or a breach too</td></tr>
 * <tr><td>look, an A/B test's time is over, undecided</td><td>aborted; in a freeze window or a breach too</td></tr>
 * <tr><td>gate opened, waits, failed</td><td>open; told; rolledBack (paused or held too)</td></tr>
 * <tr><td>resume</td><td>progressing at the step's ratio at most, its hold anew; a pause gate opens</td></tr>
 * <tr><td>an instance's stage is done</td><td>its next one; after the last it is put back, in whatever phase</td></tr>
 * <tr><td>an instance's stage failed</td><td>rolledBack; while it is undone: told, and tried again</td></tr>
 * <tr><td>look, instances to be taken back</td><td>the next one's turn, in whatever phase</td></tr>
 * </table>
 *
 * <p>An A/B test refuses {@code set ratio}, and {@code promote} without a variant while none has won.
 *
 * <p>"Told" leaves the state and writes one audit line. "Starts afresh" is the file's ratio, not held, progressing or, at 0,
 * idle. A file that later gives the name which is already under way through the API starts nothing; it only agrees. A promotion
 * is a person's word that the release is done, so a breach after it is told and nothing else.
 */
public final class RolloutMachine {
    private RolloutMachine() {}

    /**
     * @param state null before the first configuration of this route
     * @param nowMillis epoch milliseconds
     * @return {@code Refused} also for every event but {@code Configured} while there is no state
     * @throws IllegalArgumentException if the state is of another route
     */
    public static Transition step(String route, @Nullable RolloutState state, RolloutEvent event, long nowMillis) {
        if (state == null) {
            return event instanceof Configured configured
                    ? FileChanges.first(route, configured, nowMillis)
                    : new Refused("route " + route + " has no release yet (expected: a canary in its configuration)");
        }
        if (!state.route().equals(route)) {
            throw new IllegalArgumentException("state of route " + state.route() + " (expected: " + route + ")");
        }
        if (event instanceof Configured configured) {
            return FileChanges.configured(state, configured, nowMillis);
        } else if (event instanceof Breached breached) {
            return breached(state, breached, nowMillis);
        } else if (event instanceof Looked looked) {
            return Pacing.looked(state, looked, nowMillis);
        } else if (event instanceof GateOpened opened) {
            return Rolling.isTurn(state, opened.release(), opened.gate())
                    ? Rolling.opened(state, nowMillis)
                    : Pacing.gateOpened(state, opened, nowMillis);
        } else if (event instanceof GateWaits waits) {
            return Rolling.isTurn(state, waits.release(), waits.gate())
                    ? Rolling.waits(state, waits.why(), nowMillis)
                    : Pacing.gateWaits(state, waits, nowMillis);
        } else if (event instanceof GateFailed failed) {
            return Rolling.isTurn(state, failed.release(), failed.gate())
                    ? Rolling.failed(state, failed.why(), nowMillis)
                    : Pacing.gateFailed(state, failed, nowMillis);
        }
        return Commands.command(state, (Command) event, nowMillis);
    }

    /** What keeps a release on its plan where it is, in a sentence; empty for one that no plan moves any more. */
    public static String waitsFor(RolloutState state, Plan plan, Evidence seen, long nowMillis) {
        return Pacing.waitsFor(state, plan, seen, nowMillis);
    }

    private static Transition breached(RolloutState before, Breached event, long nowMillis) {
        if (before.phase() == Phase.IDLE || before.takenBack()) {
            return unchanged(before);
        }
        String check = event.result().check();
        String why = event.result().why();
        if (before.phase() == Phase.PROMOTED || event.onBreach() == OnBreach.ALERT) {
            return accepted(before, before, HALFTONE, "breach", check, why, nowMillis);
        }
        if (event.onBreach() == OnBreach.ROLLBACK) {
            return Changes.rollback(before, check, why, nowMillis);
        }
        if (before.phase() == Phase.PAUSED) {
            return unchanged(before);
        }
        RolloutState after = before.moved(Phase.PAUSED, before.ratio(), before.held(), check + ": " + why, nowMillis);
        return accepted(before, after, HALFTONE, "pause", check, why, nowMillis);
    }
}
