package dev.halftone.core.rollout;

import org.jspecify.annotations.Nullable;

/**
 * How far a release has come on its plan. Part of what is stored.
 *
 * @param plan the plan in words; another one in the file means that the plan was changed
 * @param step place of the step in force, from 0; -1 before the first
 * @param sinceMillis when it was entered, or its hold began anew, epoch milliseconds
 * @param gate what it waits at, if the step is a gate
 * @param winner the variant of an A/B test that has won, or that everybody got; null for none
 */
public record Progress(
        String plan,
        int step,
        long sinceMillis,
        @Nullable AtGate gate,
        @Nullable String winner) {
    public Progress(String plan, int step, long sinceMillis, @Nullable AtGate gate) {
        this(plan, step, sinceMillis, gate, null);
    }

    /**
     * @param open whether it may be passed; it then waits for the next look
     * @param why what it last said
     */
    public record AtGate(String name, boolean open, String why) {
        AtGate opened() {
            return new AtGate(name, true, why);
        }
    }

    static Progress start(String plan, long nowMillis) {
        return new Progress(plan, -1, nowMillis, null);
    }

    Progress entered(int newStep, @Nullable AtGate newGate, long nowMillis) {
        return new Progress(plan, newStep, nowMillis, newGate, winner);
    }

    Progress withGate(AtGate newGate) {
        return new Progress(plan, step, sinceMillis, newGate, winner);
    }

    Progress withWinner(@Nullable String newWinner) {
        return new Progress(plan, step, sinceMillis, gate, newWinner);
    }

    /** Whether it waits at a gate that is not open. */
    public boolean isWaitingAt(String name) {
        AtGate present = gate;
        return present != null && present.name().equals(name) && !present.open();
    }

    /** The gate that it waits at and that no person opens, or null. */
    public @Nullable String outsideGate() {
        AtGate present = gate;
        return present == null || present.open() || present.name().equals(Step.OPERATOR) ? null : present.name();
    }
}
