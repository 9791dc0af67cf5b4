package dev.halftone.core.rollout;

import static dev.halftone.core.rollout.Changes.HALFTONE;
import static dev.halftone.core.rollout.Changes.accepted;

import dev.halftone.core.rollout.Fleet.Stage;
import dev.halftone.core.rollout.Fleet.Turn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the instances of a rolling release: the part of {@link RolloutMachine} that knows turns. One instance is out of
 * service at a time. A release that is taken back, or replaced before it was promoted, is undone instance by instance in whatever
 * phase the route then is; a release that follows waits for that.
 */
final class Rolling {
    private Rolling() {}

    // The file and other releases.

    /** The instances as the file has them now; null if the release is not rolling by it. */
    static @Nullable Fleet configured(@Nullable Fleet before, String release, @Nullable Plan plan) {
        if (plan == null || !(plan.course() instanceof RollingCourse rolling)) {
            return null;
        }
        List<String> names = rolling.names();
        return before == null ? Fleet.start(release, names.size()) : before.within(names);
    }

    /** Of the release that takes the place of another: what that one changed is undone first, unless it was promoted. */
    static @Nullable Fleet replaced(RolloutState before, @Nullable Fleet fleet, String release, long nowMillis) {
        if (fleet == null) {
            return null;
        }
        boolean isDone = before.phase() == Phase.PROMOTED || fleet.isUntouched();
        return isDone ? Fleet.start(release, fleet.of()) : fleet.takenBack(nowMillis);
    }

    /** Why the release cannot be promoted by hand yet; empty if it can. */
    static String lacks(RolloutState state) {
        Fleet fleet = state.fleet();
        boolean isWhole = fleet == null || (fleet.updated().size() >= fleet.of() && fleet.turn() == null);
        return isWhole || fleet == null
                ? ""
                : "release " + state.release() + " is on " + fleet.updated().size() + " of " + fleet.of()
                        + " instances, and promoting it would leave the others behind (expected: all of them updated)";
    }

    // Forward.

    static Transition takeOut(RolloutState before, Progress at, Move.TakeOut move, long nowMillis) {
        Turn turn = new Turn(move.instance(), false, Stage.READY, nowMillis, "");
        Fleet fleet = before.fleet() == null ? Fleet.start(before.release(), 0) : before.fleet();
        RolloutState after = before.withProgress(at.entered(move.step(), null, nowMillis), move.ratio())
                .withFleet(fleet.withTurn(turn))
                .moved(Phase.PROGRESSING, move.ratio(), false, move.why(), nowMillis);
        return accepted(before, after, HALFTONE, "step", "", move.why(), nowMillis);
    }

    /** Whether something was said of the stage that an instance is in now. Late words are of another. */
    static boolean isTurn(RolloutState state, String release, String gate) {
        Fleet fleet = state.fleet();
        Turn turn = fleet == null ? null : fleet.turn();
        return fleet != null
                && turn != null
                && fleet.release().equals(release)
                && turn.gate().equals(gate);
    }

    static Transition opened(RolloutState before, long nowMillis) {
        Fleet fleet = fleet(before);
        Turn turn = turn(fleet);
        Stage next = switch (turn.stage()) {
            case READY -> Stage.DRAIN;
            case DRAIN -> Stage.HOOK;
            default -> Stage.HEALTH;
        };
        if (turn.stage() == Stage.HEALTH) {
            return putBack(before, fleet, turn, nowMillis);
        }
        RolloutState after = before.withFleet(fleet.withTurn(turn.at(next, nowMillis)));
        return accepted(before, after, HALFTONE, "gate", "", turn(fleet(after)).words(), nowMillis);
    }

    private static Transition putBack(RolloutState before, Fleet fleet, Turn turn, long nowMillis) {
        Fleet next = fleet.putBack(turn);
        if (turn.undo()) {
            String reason = turn.instance() + " is back on the version before; "
                    + next.updated().size() + " left to undo";
            return accepted(before, before.withFleet(next), HALFTONE, "gate", "", reason, nowMillis);
        }
        String reason = turn.instance() + " is updated, " + next.updated().size() + " of " + fleet.of();
        Progress at = before.progress();
        RolloutState after = before.withFleet(next)
                .withProgress(at == null ? null : at.entered(at.step(), null, nowMillis), before.wanted())
                .moved(before.phase(), before.ratio(), before.held(), reason, nowMillis);
        return accepted(before, after, HALFTONE, "gate", "", reason, nowMillis);
    }

    static Transition waits(RolloutState before, String why, long nowMillis) {
        Fleet fleet = fleet(before);
        Turn turn = turn(fleet);
        if (turn.why().equals(why)) {
            return Changes.unchanged(before);
        }
        Turn said = turn.saying(why);
        return accepted(before, before.withFleet(fleet.withTurn(said)), HALFTONE, "gate", "", said.words(), nowMillis);
    }

    /** An instance that could not be updated takes the release back; one that cannot be undone stays out and is tried again. */
    static Transition failed(RolloutState before, String why, long nowMillis) {
        Turn turn = turn(fleet(before));
        return turn.undo()
                ? waits(before, why, nowMillis)
                : Changes.rollback(before, turn.check(), turn.instance() + ": " + why, nowMillis);
    }

    // Back.

    static boolean hasToUndo(RolloutState state) {
        Fleet fleet = state.fleet();
        return fleet != null && fleet.undoing() && fleet.turn() == null;
    }

    /** The next instance's turn, the one updated last; once all are back, that is told. */
    static Transition undoNext(RolloutState before, long nowMillis) {
        Fleet fleet = fleet(before);
        if (fleet.updated().isEmpty()) {
            String reason = "all instances are back on the version before " + fleet.release();
            RolloutState after = before.withFleet(Fleet.start(before.release(), fleet.of()));
            return accepted(before, after, HALFTONE, "gate", "", reason, nowMillis);
        }
        String last = fleet.updated().get(fleet.updated().size() - 1);
        Fleet next = fleet.withTurn(new Turn(last, true, Stage.READY, nowMillis, ""));
        return accepted(before, before.withFleet(next), HALFTONE, "gate", "", undoing(next), nowMillis);
    }

    /** What is being undone, in a sentence. */
    static String undoing(Fleet fleet) {
        Turn turn = fleet.turn();
        int left = fleet.updated().size();
        return turn == null
                ? left + " left to undo"
                : turn.words() + "; " + (fleet.updated().contains(turn.instance()) ? left : left + 1) + " left to undo";
    }

    private static Fleet fleet(RolloutState state) {
        if (state.fleet() == null) {
            throw new IllegalStateException("route " + state.route() + " has no instances");
        }
        return state.fleet();
    }

    private static Turn turn(Fleet fleet) {
        if (fleet.turn() == null) {
            throw new IllegalStateException("no instance's turn");
        }
        return fleet.turn();
    }
}
