package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Progress.AtHook;
import java.util.ArrayList;
import java.util.List;

/**
 * Who outside is asked between two steps, by name and in order. A step with a ratio is entered when all of {@code beforeStep} said
 * go, and left upwards when all of {@code afterStep} did. Rollbacks, pauses and operators ask nobody.
 */
public record Hooks(List<String> beforeStep, List<String> afterStep) {
    /** Nobody is asked. */
    public static final Hooks NONE = new Hooks(List.of(), List.of());

    public Hooks {
        beforeStep = List.copyOf(beforeStep);
        afterStep = List.copyOf(afterStep);
    }

    /** The move, once all have said go; until then who is asked next, or what is waited for. */
    Move gated(Move move, Progress at, Ratio inForce) {
        Move.Enter enter = move instanceof Move.Enter entering ? entering : null;
        boolean isTakenUpAgain = enter != null && enter.step() == at.step();
        boolean leavesRatio = at.step() >= 0 && at.gate() == null;
        List<String> due = new ArrayList<>();
        if (leavesRatio && !isTakenUpAgain) {
            due.addAll(afterStep);
        }
        if ((enter != null && !isTakenUpAgain) || move instanceof Move.TakeOut) {
            due.addAll(beforeStep);
        }
        AtHook asked = at.hook();
        int place = asked == null ? -1 : due.indexOf(asked.name());
        if (asked != null && place >= 0 && !asked.open()) {
            String said = asked.why().isEmpty() ? "" : ": " + asked.why();
            return new Move.Stay("waits for hook " + asked.name() + said);
        }
        if (place + 1 < due.size()) {
            return ask(due.get(place + 1), move, at, inForce);
        }
        return enter == null || asked == null || place < 0 ? move : bounded(enter, asked);
    }

    private Move ask(String name, Move move, Progress at, Ratio inForce) {
        boolean isBefore = beforeStep.contains(name);
        if (isBefore && move instanceof Move.Enter enter) {
            return new Move.Ask(name, enter.step(), enter.ratio());
        }
        if (isBefore && move instanceof Move.TakeOut out) {
            return new Move.Ask(name, out.step(), out.after());
        }
        return new Move.Ask(name, at.step(), inForce);
    }

    /** A ramp that has meanwhile got the evidence for more does not get more than was asked about. */
    private Move bounded(Move.Enter enter, AtHook asked) {
        boolean isWithin = !beforeStep.contains(asked.name()) || enter.ratio().compareTo(asked.ratio()) <= 0;
        return isWithin ? enter : new Move.Enter(enter.step(), asked.ratio(), enter.why());
    }
}
