package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import org.jspecify.annotations.Nullable;

/**
 * How far a release has come on its plan. Part of what is stored.
 *
 * @param plan the plan in words; another one in the file means that the plan was changed
 * @param step place of the step in force, from 0; -1 before the first
 * @param sinceMillis when it was entered, or its hold began anew, epoch milliseconds
 * @param gate what it waits at, if the step is a gate
 * @param hook the hook that is asked, or was asked last, before the step in force is left
 * @param winner the variant of an A/B test that has won, or that everybody got; null for none
 */
public record Progress(
        String plan,
        int step,
        long sinceMillis,
        @Nullable AtGate gate,
        @Nullable AtHook hook,
        @Nullable String winner) {

    /** With no variant that has won. */
    public Progress(String plan, int step, long sinceMillis, @Nullable AtGate gate, @Nullable AtHook hook) {
        this(plan, step, sinceMillis, gate, hook, null);
    }

    /** With no hook asked. */
    public Progress(String plan, int step, long sinceMillis, @Nullable AtGate gate) {
        this(plan, step, sinceMillis, gate, null, null);
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

    /**
     * @param name as {@code beforeStep}
     * @param step what it is asked about, from 0
     * @param ratio what that step holds; more than was asked about is not entered
     * @param sinceMillis when it was first asked, epoch milliseconds
     * @param open whether it said go
     * @param why what it last said
     */
    public record AtHook(String name, int step, Ratio ratio, long sinceMillis, boolean open, String why) {}

    static Progress start(String plan, long nowMillis) {
        return new Progress(plan, -1, nowMillis, null);
    }

    Progress entered(int newStep, @Nullable AtGate newGate, long nowMillis) {
        return new Progress(plan, newStep, nowMillis, newGate, null, winner);
    }

    Progress asking(AtHook newHook) {
        return new Progress(plan, step, sinceMillis, gate, newHook, winner);
    }

    Progress withGate(AtGate newGate) {
        return new Progress(plan, step, sinceMillis, newGate, hook, winner);
    }

    Progress withWinner(@Nullable String newWinner) {
        return new Progress(plan, step, sinceMillis, gate, hook, newWinner);
    }

    /** Whether it waits at a gate or a hook that is not open. */
    public boolean isWaitingAt(String name) {
        AtGate present = gate;
        return isWaitingFor(name) || (present != null && present.name().equals(name) && !present.open());
    }

    private boolean isWaitingFor(String name) {
        AtHook asked = hook;
        return asked != null && asked.name().equals(name) && !asked.open();
    }

    /** The gate or hook that it waits at and that no person opens, or null. */
    public @Nullable String outsideGate() {
        AtHook asked = hook;
        if (asked != null && !asked.open()) {
            return asked.name();
        }
        AtGate present = gate;
        return present == null || present.open() || present.name().equals(Step.OPERATOR) ? null : present.name();
    }

    /** What a gate or hook that is waited at now says. */
    Progress said(String name, boolean open, String why) {
        AtHook asked = hook;
        return asked != null && isWaitingFor(name)
                ? asking(new AtHook(name, asked.step(), asked.ratio(), asked.sinceMillis(), open, why))
                : withGate(new AtGate(name, open, why));
    }

    /** What a gate or hook that is waited at last said; empty if nothing. */
    String lastSaid(String name) {
        if (hook != null && isWaitingFor(name)) {
            return hook.why();
        }
        return gate == null ? "" : gate.why();
    }
}
