package dev.halftone.core.rollout;

import org.jspecify.annotations.Nullable;

/** The life of a release as one pure function. Tests, the control loop and the simulator call the same method. */
public final class RolloutMachine {
    private RolloutMachine() {}

    /**
     * @param state null before the first configuration of this route
     * @param nowMillis epoch milliseconds
     */
    public static Transition step(String route, @Nullable RolloutState state, RolloutEvent event, long nowMillis) {
        throw new UnsupportedOperationException(route + state + event + nowMillis);
    }
}
