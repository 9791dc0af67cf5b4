package dev.halftone.server.control;

import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.StateStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The one thread on which releases are decided: ticks, operators' commands and reloads are events to it, one at a time.
 * Methods may be called from any thread.
 */
public final class ControlLoop implements AutoCloseable {
    /**
     * Brings file and stored state together, publishes the routing table that follows, and starts to tick.
     *
     * @throws java.io.IOException if the state could not be stored
     */
    public static ControlLoop start(Settings settings, ActiveRouting routing, OutcomeWindow window, StateStore store)
            throws java.io.IOException {
        throw new UnsupportedOperationException(settings.toString() + store);
    }

    /** Applies a reloaded configuration; done when the next request sees it. */
    public CompletableFuture<Void> reload(Settings settings) {
        throw new UnsupportedOperationException(settings.toString());
    }

    /**
     * Submits an operator's command; done when the next request sees what it led to and it is stored.
     *
     * @return fails with {@link java.util.NoSuchElementException} for an unknown route, or one without a canary
     */
    public CompletableFuture<Transition> submit(String route, RolloutEvent.Command command) {
        throw new UnsupportedOperationException(route + command);
    }

    /** All routes in the order of the configuration, as of the last tick or command. */
    public List<RouteStatus> status() {
        throw new UnsupportedOperationException();
    }

    /** Rollbacks since the process started, by route and check ({@code manual} for an operator's). */
    public java.util.Map<RollbackKey, Long> rollbacks() {
        throw new UnsupportedOperationException();
    }

    /** What a rollback is counted under. */
    public record RollbackKey(String route, String check) {}

    /** Stops ticking; what is not yet stored is tried once more. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
