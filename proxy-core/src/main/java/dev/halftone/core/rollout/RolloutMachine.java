package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.rollout.RolloutEvent.Abort;
import dev.halftone.core.rollout.RolloutEvent.Breached;
import dev.halftone.core.rollout.RolloutEvent.Command;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutEvent.Pause;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutEvent.Resume;
import dev.halftone.core.rollout.RolloutEvent.Rollback;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.RolloutEvent.StartRelease;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Accepted;
import dev.halftone.core.rollout.Transition.Refused;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
 * <p>"Told" leaves the state and writes one audit line. "Starts afresh" is the file's ratio, not held, progressing or, at 0,
 * idle. A file that later gives the name which is already under way through the API starts nothing; it only agrees. A promotion
 * is a person's word that the release is done, so a breach after it is told and nothing else.
 */
public final class RolloutMachine {
    /** How many latched releases a route remembers; the oldest is forgotten first. */
    static final int MAX_LATCHES = 100;

    private static final String CONFIGURATION = "configuration";
    private static final String HALFTONE = "halftone";

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
                    ? first(route, configured, nowMillis)
                    : new Refused("route " + route + " has no release yet (expected: a canary in its configuration)");
        }
        if (!state.route().equals(route)) {
            throw new IllegalArgumentException("state of route " + state.route() + " (expected: " + route + ")");
        }
        if (event instanceof Configured configured) {
            return configured(state, configured, nowMillis);
        }
        if (event instanceof Breached breached) {
            return breached(state, breached, nowMillis);
        }
        return command(state, (Command) event, nowMillis);
    }

    // The configuration.

    private static Transition first(String route, Configured event, long nowMillis) {
        String reason = "release " + event.release() + " started by the configuration";
        RolloutState after = new RolloutState(
                route,
                event.release(),
                event.release(),
                event.wanted(),
                event.wanted(),
                phaseAt(event.wanted()),
                false,
                reason,
                nowMillis,
                List.of());
        return new Accepted(
                after,
                List.of(new AuditEvent(
                        nowMillis,
                        route,
                        event.release(),
                        CONFIGURATION,
                        "release",
                        "none",
                        standing(after),
                        "",
                        reason)));
    }

    private static Transition configured(RolloutState before, Configured event, long nowMillis) {
        RolloutState seen = before.withFile(event.release(), event.wanted());
        boolean isSameRelease =
                event.release().equals(before.fileRelease()) || event.release().equals(before.release());
        if (isSameRelease) {
            return sameFileRelease(before, seen, nowMillis);
        }
        Latch latch = before.latchOf(event.release());
        if (latch == null) {
            return startAfresh(before, seen, event.release(), CONFIGURATION, "", nowMillis);
        }
        String reason = latchedText(latch) + "; it stays at 0 until another release is named";
        RolloutState after =
                seen.withRelease(event.release()).moved(latch.phase(), Ratio.NONE, false, reason, nowMillis);
        return accepted(before, after, CONFIGURATION, "release", "", reason, nowMillis);
    }

    private static Transition sameFileRelease(RolloutState before, RolloutState seen, long nowMillis) {
        boolean applies = !seen.held() && (seen.phase() == Phase.IDLE || seen.phase() == Phase.PROGRESSING);
        if (applies && !seen.ratio().equals(seen.wanted())) {
            String reason = "the configuration wants " + seen.wanted() + " %";
            RolloutState after = seen.moved(phaseAt(seen.wanted()), seen.wanted(), false, reason, nowMillis);
            return accepted(before, after, CONFIGURATION, "ratio", "", reason, nowMillis);
        }
        if (seen.equals(before)) {
            return unchanged(before);
        }
        String reason = "the configuration wants release " + seen.fileRelease() + " at " + seen.wanted() + " %; "
                + (applies ? "it is" : "not applied, release " + seen.release() + " is " + whyNotApplied(seen));
        return accepted(before, seen, CONFIGURATION, "wanted", "", reason, nowMillis);
    }

    private static String whyNotApplied(RolloutState state) {
        boolean isOperatorsRatio = state.held() && state.phase() == Phase.PROGRESSING;
        return isOperatorsRatio
                ? "held at " + state.ratio() + " % by an operator"
                : state.phase().label();
    }

    // The checks.

    private static Transition breached(RolloutState before, Breached event, long nowMillis) {
        if (before.phase() == Phase.IDLE || isLatched(before.phase())) {
            return unchanged(before);
        }
        String check = event.result().check();
        String why = event.result().why();
        String reason = check + ": " + why;
        if (before.phase() == Phase.PROMOTED || event.onBreach() == OnBreach.ALERT) {
            return accepted(before, before, HALFTONE, "breach", check, why, nowMillis);
        }
        if (event.onBreach() == OnBreach.ROLLBACK) {
            RolloutState after = latch(before, Phase.ROLLED_BACK, reason, nowMillis);
            return accepted(before, after, HALFTONE, "rollback", check, why, nowMillis);
        }
        if (before.phase() == Phase.PAUSED) {
            return unchanged(before);
        }
        RolloutState after = before.moved(Phase.PAUSED, before.ratio(), before.held(), reason, nowMillis);
        return accepted(before, after, HALFTONE, "pause", check, why, nowMillis);
    }

    // Operators and pipelines.

    private static Transition command(RolloutState before, Command command, long nowMillis) {
        if (command instanceof StartRelease start) {
            return startRelease(before, start, nowMillis);
        }
        if (command instanceof Rollback) {
            return takeBack(before, command, Phase.ROLLED_BACK, nowMillis);
        }
        if (command instanceof Abort) {
            return takeBack(before, command, Phase.ABORTED, nowMillis);
        }
        if (isLatched(before.phase())) {
            return new Refused(
                    stateText(before) + ": start another with `halftone release " + before.route() + " NAME`");
        }
        if (command instanceof SetRatio setRatio) {
            return setRatio(before, setRatio, nowMillis);
        }
        return command instanceof Promote ? promote(before, command, nowMillis) : hold(before, command, nowMillis);
    }

    private static Transition setRatio(RolloutState before, SetRatio command, long nowMillis) {
        Phase phase = before.phase() == Phase.PAUSED ? Phase.PAUSED : Phase.PROGRESSING;
        boolean isRepeated = before.held() && before.ratio().equals(command.ratio()) && before.phase() == phase;
        if (isRepeated) {
            return unchanged(before);
        }
        String reason = said("set to " + command.ratio() + " %", command);
        RolloutState after = before.moved(phase, command.ratio(), true, reason, nowMillis);
        return accepted(before, after, command.actor(), "ratio", "", command.reason(), nowMillis);
    }

    private static Transition hold(RolloutState before, Command command, long nowMillis) {
        if (before.phase() == Phase.PROMOTED) {
            String route = before.route();
            return new Refused("release " + before.release() + " is promoted: take users back with `halftone ratio "
                    + route + " N` or `halftone rollback " + route + "`");
        }
        return command instanceof Pause
                ? pause(before, command, nowMillis)
                : resume(before, (Resume) command, nowMillis);
    }

    private static Transition pause(RolloutState before, Command command, long nowMillis) {
        if (before.phase() == Phase.PAUSED) {
            return unchanged(before);
        }
        RolloutState after =
                before.moved(Phase.PAUSED, before.ratio(), before.held(), said("paused", command), nowMillis);
        return accepted(before, after, command.actor(), "pause", "", command.reason(), nowMillis);
    }

    private static Transition resume(RolloutState before, Resume command, long nowMillis) {
        if (before.phase() != Phase.PAUSED && !before.held()) {
            return unchanged(before);
        }
        RolloutState after =
                before.moved(phaseAt(before.wanted()), before.wanted(), false, said("resumed", command), nowMillis);
        return accepted(before, after, command.actor(), "resume", "", command.reason(), nowMillis);
    }

    private static Transition promote(RolloutState before, Command command, long nowMillis) {
        if (before.phase() == Phase.PROMOTED) {
            return unchanged(before);
        }
        RolloutState after = before.moved(Phase.PROMOTED, Ratio.ALL, true, said("promoted", command), nowMillis);
        return accepted(before, after, command.actor(), "promote", "", command.reason(), nowMillis);
    }

    private static Transition takeBack(RolloutState before, Command command, Phase phase, long nowMillis) {
        if (isLatched(before.phase())) {
            return unchanged(before);
        }
        boolean isRollback = phase == Phase.ROLLED_BACK;
        RolloutState after = latch(before, phase, said(isRollback ? "rolled back" : "aborted", command), nowMillis);
        String action = isRollback ? "rollback" : "abort";
        return accepted(
                before, after, command.actor(), action, isRollback ? "manual" : "", command.reason(), nowMillis);
    }

    private static Transition startRelease(RolloutState before, StartRelease command, long nowMillis) {
        Latch latch = before.latchOf(command.release());
        if (latch != null) {
            return new Refused(
                    latchedText(latch) + ": start another with `halftone release " + before.route() + " NAME`");
        }
        if (command.release().equals(before.release())) {
            return unchanged(before);
        }
        return startAfresh(before, before, command.release(), command.actor(), command.reason(), nowMillis);
    }

    // What they share.

    private static Transition startAfresh(
            RolloutState before, RolloutState seen, String release, String actor, String words, long nowMillis) {
        String reason = words.isEmpty() ? "release " + release + " started by " + actor : words;
        RolloutState after =
                seen.withRelease(release).moved(phaseAt(seen.wanted()), seen.wanted(), false, reason, nowMillis);
        return accepted(before, after, actor, "release", "", reason, nowMillis);
    }

    private static RolloutState latch(RolloutState state, Phase phase, String reason, long nowMillis) {
        return state.withLatch(new Latch(state.release(), phase, reason, nowMillis), MAX_LATCHES)
                .moved(phase, Ratio.NONE, false, reason, nowMillis);
    }

    private static Transition accepted(
            RolloutState before,
            RolloutState after,
            String actor,
            String action,
            String check,
            String reason,
            long nowMillis) {
        AuditEvent event = new AuditEvent(
                nowMillis,
                after.route(),
                after.release(),
                actor,
                action,
                standing(before),
                standing(after),
                check,
                reason);
        return new Accepted(after, List.of(event));
    }

    private static Transition unchanged(RolloutState state) {
        return new Accepted(state, List.of());
    }

    private static Phase phaseAt(Ratio wanted) {
        return wanted.equals(Ratio.NONE) ? Phase.IDLE : Phase.PROGRESSING;
    }

    private static boolean isLatched(Phase phase) {
        return phase == Phase.ROLLED_BACK || phase == Phase.ABORTED;
    }

    private static String standing(RolloutState state) {
        return state.phase().label() + " " + state.ratio();
    }

    private static String said(String what, Command command) {
        String words = command.reason();
        return what + " by " + command.actor() + (words.isEmpty() ? "" : ": " + words);
    }

    private static String latchedText(Latch latch) {
        return fateText(latch.release(), latch.phase(), latch.atMillis());
    }

    private static String stateText(RolloutState state) {
        Latch latch = state.latchOf(state.release());
        return latch == null ? fateText(state.release(), state.phase(), state.sinceMillis()) : latchedText(latch);
    }

    private static String fateText(String release, Phase phase, long atMillis) {
        String fate = phase == Phase.ABORTED ? "aborted" : "rolled back";
        return "release " + release + " was " + fate + " at "
                + Instant.ofEpochMilli(atMillis).truncatedTo(ChronoUnit.SECONDS);
    }
}
