package dev.halftone.core.rollout;

import static dev.halftone.core.rollout.Changes.accepted;
import static dev.halftone.core.rollout.Changes.latchedText;
import static dev.halftone.core.rollout.Changes.phaseAt;
import static dev.halftone.core.rollout.Changes.unchanged;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Progress.AtGate;
import dev.halftone.core.rollout.RolloutEvent.Abort;
import dev.halftone.core.rollout.RolloutEvent.Command;
import dev.halftone.core.rollout.RolloutEvent.Pause;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutEvent.Resume;
import dev.halftone.core.rollout.RolloutEvent.Rollback;
import dev.halftone.core.rollout.RolloutEvent.SetRatio;
import dev.halftone.core.rollout.RolloutEvent.StartRelease;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Refused;

/** What operators and pipelines ask for: the part of {@link RolloutMachine} that knows commands. */
final class Commands {
    private Commands() {}

    static Transition command(RolloutState before, Command command, long nowMillis) {
        if (command instanceof StartRelease start) {
            return startRelease(before, start, nowMillis);
        }
        if (command instanceof Rollback) {
            return takeBack(before, command, Phase.ROLLED_BACK, nowMillis);
        }
        if (command instanceof Abort) {
            return takeBack(before, command, Phase.ABORTED, nowMillis);
        }
        if (before.takenBack()) {
            return new Refused(
                    Changes.stateText(before) + ": start another with `halftone release " + before.route() + " NAME`");
        }
        String objection = ExperimentCourse.objection(before, command);
        if (objection != null) {
            return new Refused(objection);
        }
        if (command instanceof SetRatio setRatio) {
            return setRatio(before, setRatio, nowMillis);
        }
        return command instanceof Promote promote
                ? promote(before, promote, nowMillis)
                : hold(before, command, nowMillis);
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
        Progress planned = before.progress();
        RolloutState after = planned == null
                ? before.moved(phaseAt(before.wanted()), before.wanted(), false, said("resumed", command), nowMillis)
                : resumed(before, planned, said("resumed", command), nowMillis);
        return accepted(before, after, command.actor(), "resume", "", command.reason(), nowMillis);
    }

    /**
     * On a plan: the operator's gate opens, the hold of the step begins anew, and the ratio only falls to the step's; what lacks
     * to it is raised by the next look, which minds breaches and freeze windows.
     */
    private static RolloutState resumed(RolloutState before, Progress planned, String reason, long nowMillis) {
        AtGate gate = planned.gate();
        AtGate next = gate != null && gate.name().equals(Step.OPERATOR) ? gate.opened() : gate;
        Ratio ratio = before.ratio().compareTo(before.wanted()) > 0 ? before.wanted() : before.ratio();
        return before.withProgress(planned.entered(planned.step(), next, nowMillis), before.wanted())
                .moved(Phase.PROGRESSING, ratio, false, reason, nowMillis);
    }

    private static Transition promote(RolloutState before, Promote command, long nowMillis) {
        if (before.phase() == Phase.PROMOTED) {
            return unchanged(before);
        }
        String lacks = Rolling.lacks(before);
        if (!lacks.isEmpty()) {
            return new Refused(lacks);
        }
        Progress at = before.progress();
        RolloutState named = at == null || !ExperimentCourse.isTest(at)
                ? before
                : before.withProgress(at.withWinner(ExperimentCourse.winner(before, command)), before.wanted());
        RolloutState after = named.moved(Phase.PROMOTED, Ratio.ALL, true, said("promoted", command), nowMillis);
        return accepted(before, after, command.actor(), "promote", "", command.reason(), nowMillis);
    }

    private static Transition takeBack(RolloutState before, Command command, Phase phase, long nowMillis) {
        if (before.takenBack()) {
            return unchanged(before);
        }
        boolean isRollback = phase == Phase.ROLLED_BACK;
        RolloutState after =
                Changes.latch(before, phase, said(isRollback ? "rolled back" : "aborted", command), nowMillis);
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
        return Changes.startAfresh(before, before, command.release(), command.actor(), command.reason(), nowMillis);
    }

    private static String said(String what, Command command) {
        String words = command.reason();
        return what + " by " + command.actor() + (words.isEmpty() ? "" : ": " + words);
    }
}
