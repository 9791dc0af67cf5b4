package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Accepted;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** What the parts of {@link RolloutMachine} share: states made of states, and the audit line of each change. */
final class Changes {
    static final String CONFIGURATION = "configuration";
    static final String HALFTONE = "halftone";

    /** How many latched releases a route remembers; the oldest is forgotten first. */
    static final int MAX_LATCHES = 100;

    private Changes() {}

    /** A release begins: at the wanted ratio, or before the first step of its plan, which the next look takes. */
    static Transition startAfresh(
            RolloutState before, RolloutState seen, String release, String actor, String words, long nowMillis) {
        String reason = words.isEmpty() ? "release " + release + " started by " + actor : words;
        RolloutState named = seen.withRelease(release);
        Progress planned = seen.progress();
        RolloutState after = planned == null
                ? named.moved(phaseAt(seen.wanted()), seen.wanted(), false, reason, nowMillis)
                : named.withProgress(Progress.start(planned.plan(), nowMillis), Ratio.NONE)
                        .withFleet(Rolling.replaced(before, seen.fleet(), release, nowMillis))
                        .moved(Phase.PROGRESSING, Ratio.NONE, false, reason, nowMillis);
        return accepted(before, after, actor, "release", "", reason, nowMillis);
    }

    static RolloutState latch(RolloutState state, Phase phase, String reason, long nowMillis) {
        Fleet fleet = state.fleet();
        return state.withFleet(fleet == null ? null : fleet.takenBack(nowMillis))
                .withLatch(new Latch(state.release(), phase, reason, nowMillis), MAX_LATCHES)
                .moved(phase, Ratio.NONE, false, reason, nowMillis);
    }

    /** Taken back by the program itself. */
    static Transition rollback(RolloutState before, String check, String why, long nowMillis) {
        RolloutState after = latch(before, Phase.ROLLED_BACK, check + ": " + why, nowMillis);
        return accepted(before, after, HALFTONE, "rollback", check, why, nowMillis);
    }

    static Transition accepted(
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

    static Transition unchanged(RolloutState state) {
        return new Accepted(state, List.of());
    }

    static Phase phaseAt(Ratio wanted) {
        return wanted.equals(Ratio.NONE) ? Phase.IDLE : Phase.PROGRESSING;
    }

    static String standing(RolloutState state) {
        return state.phase().label() + " " + state.ratio();
    }

    static String latchedText(Latch latch) {
        return fateText(latch.release(), latch.phase(), latch.atMillis());
    }

    static String stateText(RolloutState state) {
        Latch latch = state.latchOf(state.release());
        return latch == null ? fateText(state.release(), state.phase(), state.sinceMillis()) : latchedText(latch);
    }

    private static String fateText(String release, Phase phase, long atMillis) {
        String fate = phase == Phase.ABORTED ? "aborted" : "rolled back";
        return "release " + release + " was " + fate + " at "
                + Instant.ofEpochMilli(atMillis).truncatedTo(ChronoUnit.SECONDS);
    }
}
