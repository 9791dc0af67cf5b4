package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;

/** What a plan does next. */
public sealed interface Move {
    /** @param waitsFor in one sentence, with numbers */
    record Stay(String waitsFor) implements Move {}

    /** Goes on to a step that holds a ratio. */
    record Enter(int step, Ratio ratio, String why) implements Move {}

    /** Goes on to a gate; the ratio stays. */
    record Wait(int step, String gate, String why) implements Move {}

    /**
     * Goes on to the next instance of a rolling release, which is then out of service.
     *
     * @param ratio while it is out
     * @param after once it is put back
     */
    record TakeOut(int step, String instance, Ratio ratio, Ratio after, String why) implements Move {}

    /** Asks a hook about a step; step and ratio stay. */
    record Ask(String hook, int step, Ratio ratio) implements Move {}

    /**
     * A variant of an A/B test has won.
     *
     * @param promotes whether everybody gets it at once; else it waits for a person
     */
    record Win(String variant, boolean promotes, String why) implements Move {}

    /**
     * The plan is done, and everybody goes back to stable.
     *
     * @param check what a rollback is counted under; empty if there is nothing to blame
     */
    record End(String check, String why) implements Move {}

    /** The plan is done: everybody gets the new version. */
    record Finish(String why) implements Move {}
}
