package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;

/**
 * The way of a release from nobody to everybody; one class for each kind. Pure: what it says depends on its arguments alone.
 * Freeze windows, breaches, operators and the deadline are {@link Pacing}'s and bind all courses alike.
 */
public sealed interface Course permits StepCourse, AdaptiveCourse, RollingCourse, ExperimentCourse {
    /**
     * What comes next.
     *
     * @param at where the release stands; a gate in it is passed as soon as it is open
     * @param inForce the ratio now
     */
    Move next(Progress at, Ratio inForce, Evidence seen, long nowMillis);

    /** How many steps there are; 0 if that shows only on the way. */
    int size();

    /** The last step that has no higher ratio than this, or -1: where a release that stands at it takes up this course. */
    int placeOf(Ratio inForce);

    /** The ratio of that place, at most {@code inForce}. */
    Ratio ratioAt(int place, Ratio inForce);

    /** In a few words; two courses are the same if these are. */
    String words();
}
