package dev.halftone.server.control;

import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.RolloutSettings;

/**
 * What decides about gates that no operator opens: asked by the control thread at each look, answers later and from its own
 * thread. Never blocks.
 */
interface OutsideGates {
    /** For controls that have none. */
    OutsideGates NONE = new OutsideGates() {
        @Override
        public void attend(Waiting waiting, long nowMillis) {}

        @Override
        public void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {}
    };

    /**
     * A release that waits at a gate.
     *
     * @param sinceMillis when it came to the gate, epoch milliseconds
     */
    record Waiting(
            String route, String release, String gate, long sinceMillis, Upstream canary, RolloutSettings rollout) {}

    /** Takes the answers. */
    @FunctionalInterface
    interface Answers {
        void accept(String route, RolloutEvent event);
    }

    /** A release waits at a gate. Said again at each look, as long as it does. */
    void attend(Waiting waiting, long nowMillis);

    /** Everybody is on the canary and watched; the old side must be ready to take them back at once. Said at each look. */
    void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis);
}
