package dev.halftone.server.control;

import dev.halftone.core.rollout.Step;
import java.util.List;

/**
 * Where a release stands on its plan. Immutable.
 *
 * @param strategy the configuration's word
 * @param step the step in force, from 1; 0 before the first
 * @param steps how many there are; 0 if that shows only on the way
 * @param course the steps as the file has them; empty if they were not written down
 * @param sinceMillis when the step was entered or its hold began anew, epoch milliseconds
 * @param waitsFor what keeps it there, in a sentence; empty once no plan moves it any more
 */
public record PlanStatus(String strategy, int step, int steps, List<Step> course, long sinceMillis, String waitsFor) {
    public PlanStatus {
        course = List.copyOf(course);
    }
}
