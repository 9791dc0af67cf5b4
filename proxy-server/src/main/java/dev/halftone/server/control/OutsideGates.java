package dev.halftone.server.control;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Fleet;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.Progress.AtHook;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.RolloutSettings;
import dev.halftone.server.config.RolloutSettings.Rolling;
import dev.halftone.server.config.Settings.GraySettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decides about gates that no operator opens: asked by the control thread at each look, answers later and from its own
 * thread. Never blocks.
 */
interface OutsideGates {
    /** For controls that have none. */
    OutsideGates NONE = new OutsideGates() {};

    /**
     * A release that waits at a gate.
     *
     * @param sinceMillis when it came to the gate, epoch milliseconds
     * @param step what it is asked about, from 1
     * @param ratio that step's
     */
    record Waiting(
            String route,
            String release,
            String gate,
            long sinceMillis,
            int step,
            Ratio ratio,
            Upstream canary,
            RolloutSettings rollout) {

        /** Null if it waits at nothing that is asked outside. */
        static @Nullable Waiting of(RolloutState state, GraySettings gray) {
            Progress at = state.progress();
            String gate = at == null ? null : at.outsideGate();
            if (at == null || gate == null) {
                return null;
            }
            AtHook hook = at.hook();
            String route = state.route();
            String release = state.release();
            return hook != null && hook.name().equals(gate)
                    ? new Waiting(
                            route,
                            release,
                            gate,
                            hook.sinceMillis(),
                            hook.step() + 1,
                            hook.ratio(),
                            gray.canary(),
                            gray.rollout())
                    : new Waiting(
                            route,
                            release,
                            gate,
                            at.sinceMillis(),
                            at.step() + 1,
                            state.ratio(),
                            gray.canary(),
                            gray.rollout());
        }
    }

    /**
     * An instance of a rolling release whose turn it is.
     *
     * @param step how many are updated with it, from 1
     * @param upstream the route's one upstream
     */
    record TurnOf(String route, Fleet fleet, Turn turn, int step, Ratio ratio, Upstream upstream, Rolling rolling) {
        /** Null if it is no instance's turn. */
        static @Nullable TurnOf of(RolloutState state, GraySettings gray) {
            Fleet fleet = state.fleet();
            Turn turn = fleet == null ? null : fleet.turn();
            Rolling rolling = gray.rollout().rolling();
            if (fleet == null || turn == null || rolling == null) {
                return null;
            }
            int step = fleet.updated().contains(turn.instance())
                    ? fleet.updated().indexOf(turn.instance()) + 1
                    : fleet.updated().size() + 1;
            return new TurnOf(state.route(), fleet, turn, step, state.ratio(), gray.canary(), rolling);
        }
    }

    /** Several as one; each knows its own gates. */
    static OutsideGates all(List<OutsideGates> gates) {
        return new OutsideGates() {
            @Override
            public void attend(Waiting waiting, long nowMillis) {
                gates.forEach(gate -> gate.attend(waiting, nowMillis));
            }

            @Override
            public void turn(TurnOf turn, long nowMillis) {
                gates.forEach(gate -> gate.turn(turn, nowMillis));
            }

            @Override
            public void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {
                gates.forEach(gate -> gate.keepWarm(route, stable, rollout, nowMillis));
            }
        };
    }

    /** Takes the answers. */
    @FunctionalInterface
    interface Answers {
        void accept(String route, RolloutEvent event);
    }

    /** A release waits at a gate. Said again at each look, as long as it does. */
    default void attend(Waiting waiting, long nowMillis) {}

    /** It is an instance's turn. Said again at each look, as long as it is, in whatever phase. */
    default void turn(TurnOf turn, long nowMillis) {}

    /** Everybody is on the canary and watched; the old side must be ready to take them back at once. Said at each look. */
    default void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {}
}
