package dev.halftone.core.rollout;

import static dev.halftone.core.rollout.Changes.CONFIGURATION;
import static dev.halftone.core.rollout.Changes.accepted;
import static dev.halftone.core.rollout.Changes.phaseAt;
import static dev.halftone.core.rollout.Changes.standing;
import static dev.halftone.core.rollout.Changes.startAfresh;
import static dev.halftone.core.rollout.Changes.unchanged;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.RolloutEvent.Configured;
import dev.halftone.core.rollout.RolloutState.Latch;
import dev.halftone.core.rollout.Transition.Accepted;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a loaded configuration does to a release: the part of {@link RolloutMachine} that knows the file. */
final class FileChanges {
    private FileChanges() {}

    /** The first configuration of a route. */
    static Transition first(String route, Configured event, long nowMillis) {
        String reason = "release " + event.release() + " started by the configuration";
        Plan plan = event.plan();
        Ratio begin = plan == null ? event.wanted() : Ratio.NONE;
        RolloutState after = new RolloutState(
                route,
                event.release(),
                event.release(),
                begin,
                begin,
                plan == null ? phaseAt(begin) : Phase.PROGRESSING,
                false,
                reason,
                nowMillis,
                List.of(),
                plan == null ? null : Progress.start(plan.course().words(), nowMillis),
                Rolling.configured(null, event.release(), plan));
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

    static Transition configured(RolloutState before, Configured event, long nowMillis) {
        RolloutState seen = seen(before, event, nowMillis);
        boolean isSameRelease =
                event.release().equals(before.fileRelease()) || event.release().equals(before.release());
        if (isSameRelease) {
            return sameRelease(before, seen, event.plan(), nowMillis);
        }
        Latch latch = before.latchOf(event.release());
        if (latch == null) {
            return startAfresh(before, seen, event.release(), CONFIGURATION, "", nowMillis);
        }
        String reason = Changes.latchedText(latch) + "; it stays at 0 until another release is named";
        RolloutState after = seen.withRelease(event.release())
                .withFleet(Rolling.replaced(before, seen.fleet(), event.release(), nowMillis))
                .moved(latch.phase(), Ratio.NONE, false, reason, nowMillis);
        return accepted(before, after, CONFIGURATION, "release", "", reason, nowMillis);
    }

    /** The same standing, with what the file says now. A plan that changed is taken up where the ratio in force stands on it. */
    private static RolloutState seen(RolloutState before, Configured event, long nowMillis) {
        Plan plan = event.plan();
        RolloutState fleet = before.withFleet(Rolling.configured(before.fleet(), before.release(), plan));
        return plan == null
                ? fleet.withFile(event.release(), event.wanted()).withProgress(null, event.wanted())
                : seen(fleet, event, plan, nowMillis);
    }

    private static RolloutState seen(RolloutState before, Configured event, Plan plan, long nowMillis) {
        Progress known = before.progress();
        RolloutState named = before.withFile(event.release(), before.wanted());
        String words = plan.course().words();
        if (known != null && known.plan().equals(words)) {
            return named;
        }
        int place = plan.course().placeOf(before.ratio());
        String winner = known != null && before.phase() == Phase.PROMOTED ? known.winner() : null;
        return named.withProgress(
                new Progress(words, place, nowMillis, null, null, winner),
                plan.course().ratioAt(place, before.ratio()));
    }

    private static Transition sameRelease(RolloutState before, RolloutState seen, @Nullable Plan plan, long nowMillis) {
        boolean applies = !seen.held() && (seen.phase() == Phase.IDLE || seen.phase() == Phase.PROGRESSING);
        boolean moves = plan == null
                ? !seen.ratio().equals(seen.wanted()) || seen.phase() != phaseAt(seen.wanted())
                : isOtherCourse(before, seen);
        if (applies && moves) {
            return applied(before, seen, plan, nowMillis);
        }
        if (seen.equals(before)) {
            return unchanged(before);
        }
        String reason = "the configuration wants release " + seen.fileRelease() + " at " + words(seen) + "; "
                + (applies ? "it is" : "not applied, release " + seen.release() + " is " + whyNotApplied(seen));
        return accepted(before, seen, CONFIGURATION, "wanted", "", reason, nowMillis);
    }

    private static boolean isOtherCourse(RolloutState before, RolloutState seen) {
        Progress was = before.progress();
        Progress is = seen.progress();
        return is != null && (was == null || !was.plan().equals(is.plan()));
    }

    private static Transition applied(RolloutState before, RolloutState seen, @Nullable Plan plan, long nowMillis) {
        String reason = "the configuration wants " + words(seen);
        Phase phase = plan == null ? phaseAt(seen.wanted()) : Phase.PROGRESSING;
        RolloutState after = seen.moved(phase, seen.wanted(), false, reason, nowMillis);
        return accepted(before, after, CONFIGURATION, "ratio", "", reason, nowMillis);
    }

    private static String words(RolloutState seen) {
        Progress planned = seen.progress();
        return planned == null ? seen.wanted() + " %" : "the plan " + planned.plan();
    }

    private static String whyNotApplied(RolloutState state) {
        boolean isOperatorsRatio = state.held() && state.phase() == Phase.PROGRESSING;
        return isOperatorsRatio
                ? "held at " + state.ratio() + " % by an operator"
                : state.phase().label();
    }
}
