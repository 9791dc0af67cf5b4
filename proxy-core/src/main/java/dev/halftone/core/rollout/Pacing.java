package dev.halftone.core.rollout;

import static dev.halftone.core.rollout.Changes.HALFTONE;
import static dev.halftone.core.rollout.Changes.accepted;
import static dev.halftone.core.rollout.Changes.unchanged;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Progress.AtGate;
import dev.halftone.core.rollout.Progress.AtHook;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutEvent.Looked;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;

/**
 * How a release goes along its plan: the part of {@link RolloutMachine} that knows steps, gates, freeze windows and the deadline.
 * The only place where a ratio rises by itself.
 */
final class Pacing {
    /** What a rollback for want of progress is counted under. */
    static final String DEADLINE = "deadline";

    private Pacing() {}

    static Transition looked(RolloutState before, Looked event, long nowMillis) {
        if (Rolling.hasToUndo(before)) {
            return Rolling.undoNext(before, nowMillis);
        }
        Progress at = before.progress();
        Plan plan = event.plan();
        boolean isUnderWay = at != null && before.phase() == Phase.PROGRESSING && !before.held();
        if (at == null || !isUnderWay || !at.plan().equals(plan.course().words())) {
            return unchanged(before);
        }
        Move move = decide(before, at, plan, event.seen(), nowMillis);
        if (move instanceof Move.Enter enter) {
            return enter(before, at, enter, plan, nowMillis);
        } else if (move instanceof Move.Wait wait) {
            return stop(before, at, wait, nowMillis);
        } else if (move instanceof Move.TakeOut out) {
            return Rolling.takeOut(before, at, out, nowMillis);
        } else if (move instanceof Move.Ask ask) {
            return ask(before, at, ask, nowMillis);
        } else if (move instanceof Move.Win win) {
            return win(before, at, win, nowMillis);
        } else if (move instanceof Move.End end) {
            return end(before, end, nowMillis);
        } else if (move instanceof Move.Finish finish) {
            RolloutState after = before.moved(Phase.PROMOTED, Ratio.ALL, true, "promoted: " + finish.why(), nowMillis);
            return accepted(before, after, HALFTONE, "promote", "", finish.why(), nowMillis);
        }
        if (plan.isOverdue(at.sinceMillis(), nowMillis)) {
            String why =
                    "no step for " + (nowMillis - at.sinceMillis()) / 1000 + " s; " + ((Move.Stay) move).waitsFor();
            return Changes.rollback(before, DEADLINE, why, nowMillis);
        }
        return unchanged(before);
    }

    /** What keeps the release where it is, in a sentence; empty for one that no plan moves. */
    static String waitsFor(RolloutState state, Plan plan, Evidence seen, long nowMillis) {
        Progress at = state.progress();
        Fleet fleet = state.fleet();
        if (state.takenBack() && fleet != null && fleet.undoing()) {
            return Rolling.undoing(fleet);
        }
        if (at == null || state.takenBack() || state.phase() == Phase.PROMOTED) {
            return "";
        }
        if (state.held()) {
            return "held at " + state.ratio() + " % by an operator; resume takes up the plan";
        }
        boolean isPaused = state.phase() == Phase.PAUSED;
        if (isPaused && !at.isWaitingAt(Step.OPERATOR)) {
            return at.winner() == null
                    ? "paused; resume takes up the plan"
                    : "variant " + at.winner() + " has won; promote it, or resume to let the test run on";
        }
        return decide(state, at, plan, seen, nowMillis) instanceof Move.Stay stay ? stay.waitsFor() : "";
    }

    private static Move decide(RolloutState state, Progress at, Plan plan, Evidence seen, long nowMillis) {
        Move move = state.ratio().compareTo(state.wanted()) < 0
                ? new Move.Enter(at.step(), state.wanted(), "the plan is taken up again")
                : next(state, at, plan, seen, nowMillis);
        // What takes users away from the new version waits for nothing.
        if (move instanceof Move.Stay || move instanceof Move.End) {
            return move;
        }
        OptionalLong frozen = plan.frozenUntil(nowMillis);
        if (frozen.isPresent()) {
            return new Move.Stay("no step in the freeze window, which ends at "
                    + Instant.ofEpochMilli(frozen.getAsLong()).truncatedTo(ChronoUnit.SECONDS));
        }
        return seen.verdict() == Verdict.BREACH
                ? new Move.Stay("no step: " + seen.why())
                : plan.hooks().gated(move, at, state.ratio());
    }

    private static Move next(RolloutState state, Progress at, Plan plan, Evidence seen, long nowMillis) {
        Fleet fleet = state.fleet();
        return plan.course() instanceof RollingCourse rolling && fleet != null
                ? rolling.next(fleet, at, state.ratio(), seen, nowMillis)
                : plan.course().next(at, state.ratio(), seen, nowMillis);
    }

    private static Transition ask(RolloutState before, Progress at, Move.Ask move, long nowMillis) {
        AtHook hook = new AtHook(move.hook(), move.step(), move.ratio(), nowMillis, false, "");
        RolloutState after = before.withProgress(at.asking(hook), before.wanted());
        String reason = "hook " + move.hook() + " is asked about step " + (move.step() + 1);
        return accepted(before, after, HALFTONE, "gate", "", reason, nowMillis);
    }

    private static Transition enter(RolloutState before, Progress at, Move.Enter move, Plan plan, long nowMillis) {
        String of = plan.course().size() == 0 ? "" : " of " + plan.course().size();
        String reason = "step " + (move.step() + 1) + of + ": " + move.why();
        // A step that is taken up again keeps the gate it stands at.
        AtGate gate = move.step() == at.step() ? at.gate() : null;
        RolloutState after = before.withProgress(at.entered(move.step(), gate, nowMillis), move.ratio())
                .moved(Phase.PROGRESSING, move.ratio(), false, reason, nowMillis);
        return accepted(before, after, HALFTONE, "step", "", reason, nowMillis);
    }

    private static Transition stop(RolloutState before, Progress at, Move.Wait move, long nowMillis) {
        boolean isOperators = move.gate().equals(Step.OPERATOR);
        String reason =
                move.why() + "; " + (isOperators ? "waits for an operator's resume" : "waits for gate " + move.gate());
        AtGate gate = new AtGate(move.gate(), false, "");
        RolloutState after = before.withProgress(at.entered(move.step(), gate, nowMillis), before.wanted())
                .moved(isOperators ? Phase.PAUSED : Phase.PROGRESSING, before.ratio(), false, reason, nowMillis);
        return accepted(before, after, HALFTONE, isOperators ? "pause" : "gate", "", reason, nowMillis);
    }

    private static Transition win(RolloutState before, Progress at, Move.Win move, long nowMillis) {
        RolloutState named = before.withProgress(ExperimentCourse.won(at, move.variant(), nowMillis), before.wanted());
        RolloutState after = move.promotes()
                ? named.moved(Phase.PROMOTED, Ratio.ALL, true, "promoted: " + move.why(), nowMillis)
                : named.moved(Phase.PAUSED, before.ratio(), false, move.why(), nowMillis);
        return accepted(before, after, HALFTONE, move.promotes() ? "promote" : "pause", "", move.why(), nowMillis);
    }

    private static Transition end(RolloutState before, Move.End move, long nowMillis) {
        if (!move.check().isEmpty()) {
            return Changes.rollback(before, move.check(), move.why(), nowMillis);
        }
        RolloutState after = Changes.latch(before, Phase.ABORTED, move.why(), nowMillis);
        return accepted(before, after, HALFTONE, "abort", "", move.why(), nowMillis);
    }

    // What comes from outside. Late words, for a gate or release that is not waited for any more, change nothing.

    static Transition gateOpened(RolloutState before, GateOpened event, long nowMillis) {
        Progress at = before.progress();
        if (at == null || !waits(before, at, event.release(), event.gate())) {
            return unchanged(before);
        }
        Progress opened = at.said(event.gate(), true, at.lastSaid(event.gate()));
        RolloutState after = before.withProgress(opened, before.wanted());
        return accepted(before, after, HALFTONE, "gate", "", "gate " + event.gate() + " is open", nowMillis);
    }

    static Transition gateWaits(RolloutState before, GateWaits event, long nowMillis) {
        Progress at = before.progress();
        boolean isNews = at != null
                && waits(before, at, event.release(), event.gate())
                && !at.lastSaid(event.gate()).equals(event.why());
        if (at == null || !isNews) {
            return unchanged(before);
        }
        RolloutState after = before.withProgress(at.said(event.gate(), false, event.why()), before.wanted());
        String reason = "gate " + event.gate() + " waits: " + event.why();
        return accepted(before, after, HALFTONE, "gate", "", reason, nowMillis);
    }

    static Transition gateFailed(RolloutState before, GateFailed event, long nowMillis) {
        Progress at = before.progress();
        return at != null && waits(before, at, event.release(), event.gate())
                ? Changes.rollback(before, event.gate(), event.why(), nowMillis)
                : unchanged(before);
    }

    private static boolean waits(RolloutState state, Progress at, String release, String gate) {
        boolean isUnderWay = state.phase() == Phase.PROGRESSING || state.phase() == Phase.PAUSED;
        return isUnderWay && state.release().equals(release) && at.isWaitingAt(gate);
    }
}
