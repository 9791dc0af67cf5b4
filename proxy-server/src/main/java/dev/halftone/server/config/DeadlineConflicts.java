package dev.halftone.server.config;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.rollout.AdaptiveCourse;
import dev.halftone.core.rollout.Course;
import dev.halftone.core.rollout.RollingCourse;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.Struct.Values;
import java.time.Duration;
import java.util.List;

/** Finds what a release may wait for longer than its deadline lets it. Any thread. */
final class DeadlineConflicts {
    private final Values canary;
    private final Duration deadline;

    private DeadlineConflicts(Values canary, Duration deadline) {
        this.canary = canary;
        this.deadline = deadline;
    }

    /** A wait, and how long it is. */
    private record Wait(Duration time, String words) {
        static final Wait NONE = new Wait(Duration.ZERO, "");

        Wait orLonger(Duration other, String what) {
            return other.compareTo(time) > 0 ? new Wait(other, what) : this;
        }
    }

    /** False, and a problem, if a hold is never over; what may last too long, or says nothing in time, is warned of. */
    static boolean isFine(Values canary, Course course, Duration deadline, AnalysisSpec analysis) {
        DeadlineConflicts conflicts = new DeadlineConflicts(canary, deadline);
        if (deadline.isZero()) {
            canary.error("deadline", "0s", "above 0s, or null for none");
            return false;
        }
        Wait hold = longestHold(course);
        if (deadline.compareTo(hold.time()) <= 0) {
            canary.error(
                    "deadline",
                    Words.of(deadline) + ", but " + hold.words() + ", so the release never gets past it",
                    "longer than every hold");
            return false;
        }
        conflicts.warnOfSilence(analysis);
        conflicts.warnOfHooks();
        conflicts.warnOfSmoke();
        conflicts.warnOfTurns();
        return true;
    }

    private static Wait longestHold(Course course) {
        if (course instanceof AdaptiveCourse auto) {
            Duration longest = auto.look().compareTo(auto.watch()) > 0 ? auto.look() : auto.watch();
            return new Wait(
                    longest, "auto looks each " + Words.of(auto.look()) + " and watches for " + Words.of(auto.watch()));
        } else if (course instanceof RollingCourse rolling) {
            return Wait.NONE
                    .orLonger(rolling.hold(), "rolling holds for " + Words.of(rolling.hold()))
                    .orLonger(rolling.watch(), "rolling watches for " + Words.of(rolling.watch()));
        }
        Wait longest = Wait.NONE;
        List<Step> steps = ((StepCourse) course).steps();
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i) instanceof Step.At at) {
                longest = longest.orLonger(at.hold(), "step " + (i + 1) + " holds for " + Words.of(at.hold()));
            }
        }
        return longest;
    }

    private void warnUnlessShorter(Wait wait, String then, String expected) {
        if (deadline.compareTo(wait.time()) <= 0) {
            canary.warning("deadline", Words.of(deadline) + ", but " + wait.words() + ", so " + then, expected);
        }
    }

    private void warnOfSilence(AnalysisSpec analysis) {
        Wait longest = Wait.NONE;
        for (CheckSpec check : analysis.checks()) {
            Duration silence = check.silence(analysis.interval(), analysis.window());
            if (silence != null) {
                longest = longest.orLonger(
                        silence, "check " + check.name() + " says nothing in its first " + Words.of(silence));
            }
        }
        warnUnlessShorter(
                longest, "the release never gets past its first step", "longer than the checks take to say anything");
    }

    private void warnOfHooks() {
        for (Hook hook : HookSection.hooks(canary)) {
            Wait wait = new Wait(hook.within(), "hook " + hook.name() + " may say wait for " + Words.of(hook.within()));
            warnUnlessShorter(wait, "the release is rolled back while it still may", "longer than within");
        }
    }

    private void warnOfSmoke() {
        Values of = canary.get("blueGreen", Values.class);
        Duration within = of == null ? Duration.ZERO : RolloutBuilder.smokeWithin(of);
        Wait wait = new Wait(within, "the smoke requests may fail for " + Words.of(within));
        warnUnlessShorter(wait, "the release is rolled back while they still may", "longer than smokeWithin");
    }

    private void warnOfTurns() {
        RolloutSettings.Rolling rolling = RollingSection.isRolling(canary) ? RollingSection.rolling(canary) : null;
        if (rolling == null) {
            return;
        }
        Duration turn = rolling.drainTimeout()
                .plus(HookSection.timeout(rolling.update()))
                .plus(rolling.healthWithin());
        Wait wait = new Wait(
                turn,
                "an instance may be out for " + Words.of(turn)
                        + " (drainTimeout, the update's timeout and healthWithin)");
        warnUnlessShorter(wait, "the release is rolled back while it still may", "longer than that");
    }
}
