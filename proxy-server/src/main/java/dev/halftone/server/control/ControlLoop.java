package dev.halftone.server.control;

import dev.halftone.core.endpoint.Instances;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.SideCounts;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which releases are decided: ticks, operators' commands and reloads are events to it, one at a time.
 * Methods may be called from any thread.
 */
public final class ControlLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final long TICK_MILLIS = 1000;

    private final Controller controller;
    private final OutcomeWindow window;
    private final SmokeGate smoke;
    private final HookGate hooks;
    private final RollingTurns turns;
    private final ScheduledExecutorService thread;

    /** What a rollback is counted under. */
    public record RollbackKey(String route, String check) {}

    private ControlLoop(ActiveRouting routing, OutcomeWindow window, StateStore store) {
        this.window = window;
        smoke = new SmokeGate(this::outside);
        hooks = new HookGate(this::outside);
        turns = new RollingTurns(this::outside);
        controller = new Controller(routing, window, store, OutsideGates.all(List.of(smoke, hooks, turns)));
        this.thread = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread control = new Thread(work, "halftone-control");
            control.setDaemon(true);
            return control;
        });
    }

    /**
     * Brings file and stored state together, publishes the routing table that follows, and starts to tick.
     *
     * @throws IOException if the state could not be stored
     */
    public static ControlLoop start(Settings settings, ActiveRouting routing, OutcomeWindow window, StateStore store)
            throws IOException {
        window.open(System.nanoTime());
        ControlLoop loop = new ControlLoop(routing, window, store);
        loop.reload(settings).join();
        if (!loop.controller.isAllStored()) {
            loop.close();
            throw new IOException("the state cannot be stored (expected: a folder that can be written); see the log");
        }
        // A canary that fails outright does not wait for the next tick.
        window.onTrip(() -> loop.thread.execute(loop::tick));
        loop.thread.scheduleAtFixedRate(loop::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return loop;
    }

    /** Where the instances of rolling releases are looked at; until it is said they wait. */
    public void instances(Instances instances) {
        turns.instances(instances);
    }

    private void outside(String route, RolloutEvent event) {
        try {
            thread.execute(() -> controller.outside(route, event, System.currentTimeMillis()));
        } catch (RejectedExecutionException e) {
            LOG.debug("route {}: an answer came after the end", route, e);
        }
    }

    private void tick() {
        try {
            controller.tick(System.nanoTime(), System.currentTimeMillis());
        } catch (RuntimeException e) {
            LOG.error("the control loop failed this second; it goes on", e);
        }
    }

    /** Applies a reloaded configuration; done when the next request sees it. */
    public CompletableFuture<Void> reload(Settings settings) {
        return CompletableFuture.runAsync(() -> controller.configure(settings, System.currentTimeMillis()), thread);
    }

    /**
     * Submits an operator's command; done when the next request sees what it led to and it is stored. If it cannot be stored
     * it is in force all the same, and {@link RouteStatus#stored} says so until it is.
     *
     * @return fails with {@link java.util.NoSuchElementException} for an unknown route, or one without a canary
     */
    public CompletableFuture<Transition> submit(String route, RolloutEvent.Command command) {
        return CompletableFuture.supplyAsync(
                () -> controller.submit(route, command, System.currentTimeMillis()), thread);
    }

    /** All routes in the order of the configuration, as of the last tick or command. */
    public List<RouteStatus> status() {
        return controller.status();
    }

    /** Rollbacks since the process started, by route and check ({@code manual} for an operator's). */
    public Map<RollbackKey, Long> rollbacks() {
        return controller.rollbacks();
    }

    /** What was sent beside the requests that clients made. */
    public SideCounts sideCounts() {
        return window.sideCounts();
    }

    /** Stops ticking; what is not yet stored is tried once more. */
    @Override
    public void close() {
        window.onTrip(() -> {});
        CompletableFuture.runAsync(controller::storeAll, thread)
                .thenRunAsync(controller::close, thread)
                .join();
        thread.shutdown();
        smoke.close();
        hooks.close();
        turns.close();
    }
}
