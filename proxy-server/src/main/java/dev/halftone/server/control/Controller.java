package dev.halftone.server.control;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutMachine;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Variants;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import dev.halftone.server.config.Settings;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import dev.halftone.server.control.ControlLoop.RollbackKey;
import dev.halftone.server.store.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides and carries out, with time as an argument. On a change, in this order: 1. the routing table is published, so that
 * the next request on every loop obeys; 2. the state is stored with its events; 3. it is logged. A store that fails delays
 * nothing and is asked again at each tick. Control thread only; what others read is immutable or concurrent.
 */
final class Controller {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    private final ActiveRouting routing;
    private final OutcomeWindow window;
    private final StateStore store;
    private final OutsideGates gates;
    private final ExperimentJournal journal;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<RollbackKey, Long> rollbacks = new ConcurrentHashMap<>();
    private final Map<Upstream, Upstream> upstreams = new HashMap<>();
    private Map<String, RouteControl> routes = new LinkedHashMap<>();
    private volatile List<RouteStatus> status = List.of();
    private long lastTickNanos;
    private boolean storeFailing;

    Controller(ActiveRouting routing, OutcomeWindow window, StateStore store, OutsideGates gates) {
        this.routing = routing;
        this.window = window;
        this.store = store;
        this.gates = gates;
        this.journal = new ExperimentJournal(store);
    }

    List<RouteStatus> status() {
        return status;
    }

    Map<RollbackKey, Long> rollbacks() {
        return Map.copyOf(rollbacks);
    }

    /** Brings configuration and state together and publishes one table of all routes. */
    void configure(Settings settings, long nowMillis) {
        Map<String, StateStore.Stored> known = store.states();
        keepUpstreams(settings);
        Map<String, RouteControl> next = new LinkedHashMap<>();
        List<Route> table = new ArrayList<>();
        for (RouteSettings wanted : settings.routes()) {
            RouteControl control = routes.get(wanted.name());
            if (control == null) {
                StateStore.Stored stored = known.get(wanted.name());
                int id = ids.computeIfAbsent(wanted.name(), name -> ids.size());
                control = new RouteControl(
                        id,
                        wanted,
                        stored == null ? null : stored.state(),
                        stored == null ? 0 : stored.revision(),
                        new ExperimentControl(id, wanted.name(), window.experiments(), journal));
            }
            control.settings(canonical(wanted));
            step(control, nowMillis);
            int epoch = control.renewAnalysis();
            control.experiment().settle(control.settings(), control.state(), epoch, nowMillis);
            begin(control, nowMillis);
            control.experiment().settle(control.settings(), control.state(), epoch, nowMillis);
            window.startEpoch(control.id(), epoch, control.onTheSpot());
            next.put(wanted.name(), control);
            table.add(control.route());
        }
        for (RouteControl gone : routes.values()) {
            if (!next.containsKey(gone.name())) {
                gone.experiment().end();
            }
        }
        routes = next;
        routing.publish(RoutingTable.of(table, settings.regions()));
        storeAll();
        publishStatus();
    }

    /** A plan's first step is in the table that is published, and in the one write of all routes. */
    private void begin(RouteControl control, long nowMillis) {
        RolloutEvent.Looked look = control.look();
        if (look == null) {
            return;
        }
        Transition transition = RolloutMachine.step(control.name(), control.state(), look, nowMillis);
        if (transition instanceof Transition.Accepted accepted
                && !accepted.events().isEmpty()) {
            control.advance(accepted.state(), accepted.events());
            accepted.events().forEach(this::report);
        }
        control.looked(look, nowMillis);
    }

    private static void step(RouteControl control, long nowMillis) {
        GraySettings gray = control.settings().gray();
        if (gray == null) {
            return;
        }
        RolloutEvent event = new RolloutEvent.Configured(
                gray.release(), gray.ratio(), gray.rollout().plan());
        Transition transition = RolloutMachine.step(control.name(), control.state(), event, nowMillis);
        if (transition instanceof Transition.Accepted accepted
                && !accepted.events().isEmpty()) {
            control.advance(accepted.state(), accepted.events());
        }
    }

    /** An upstream that did not change stays the same object, so that its connections live on. */
    private void keepUpstreams(Settings settings) {
        Map<Upstream, Upstream> kept = new HashMap<>();
        for (Upstream upstream : settings.upstreams()) {
            kept.put(upstream, upstreams.getOrDefault(upstream, upstream));
        }
        upstreams.clear();
        upstreams.putAll(kept);
    }

    private RouteSettings canonical(RouteSettings wanted) {
        GraySettings gray = wanted.gray();
        Variants variants =
                gray == null || gray.variants() == null ? null : gray.variants().with(this::canonical);
        GraySettings kept =
                gray == null ? null : gray.withCanary(canonical(gray.canary())).withVariants(variants);
        return new RouteSettings(wanted.name(), wanted.match(), canonical(wanted.stable()), kept, wanted.forwarding());
    }

    private Upstream canonical(Upstream upstream) {
        return upstreams.getOrDefault(upstream, upstream);
    }

    /** Judges the slice that ends now. A fault in one route's checks does not keep the others from being judged. */
    void tick(long nowNanos, long nowMillis) {
        Map<Integer, RouteSlice> slices = new HashMap<>();
        for (RouteSlice slice : window.closeSlice(nowNanos)) {
            slices.put(slice.routeId(), slice);
        }
        long from = lastTickNanos == 0 ? nowNanos : lastTickNanos;
        lastTickNanos = nowNanos;
        for (RouteControl control : routes.values()) {
            RouteSlice silence = new RouteSlice(control.id(), from, nowNanos, VersionSlice.EMPTY, VersionSlice.EMPTY);
            try {
                inspect(control, nowMillis);
                judge(control, slices.getOrDefault(control.id(), silence), nowMillis);
                look(control, nowMillis);
            } catch (RuntimeException e) {
                LOG.error("route {}: its checks failed; it was not judged this second", control.name(), e);
            }
        }
        storeAll();
        publishStatus();
    }

    private void judge(RouteControl control, RouteSlice slice, long nowMillis) {
        for (RouteControl.Breach breach : control.assess(slice)) {
            RolloutState state = control.state();
            if (state == null || control.settings().gray() == null) {
                return;
            }
            // What changes the state ends itself; what is only told is told once.
            boolean isOnlyTold = control.onBreach() == OnBreach.ALERT || state.phase() == Phase.PROMOTED;
            if (breach.fresh() || !isOnlyTold) {
                apply(control, new RolloutEvent.Breached(breach.result(), control.onBreach()), nowMillis);
            }
        }
    }

    /** A wrong split is told once and stops nothing; the course minds it. */
    private void inspect(RouteControl control, long nowMillis) {
        CheckResult alarm = control.experiment().look(nowMillis);
        if (alarm != null) {
            apply(control, new RolloutEvent.Breached(alarm, OnBreach.ALERT), nowMillis);
        }
    }

    /** Takes the release along its plan, if it has one and it is time, and asks outside where a gate is waited at. */
    private void look(RouteControl control, long nowMillis) {
        RolloutEvent.Looked look = control.look();
        if (look == null) {
            return;
        }
        apply(control, look, nowMillis);
        control.looked(look, nowMillis);
        RolloutState state = control.state();
        GraySettings gray = control.settings().gray();
        OutsideGates.TurnOf turn = state == null || gray == null ? null : OutsideGates.TurnOf.of(state, gray);
        if (turn != null) {
            gates.turn(turn, nowMillis);
        }
        if (state == null || gray == null || state.progress() == null || state.phase() != Phase.PROGRESSING) {
            return;
        }
        OutsideGates.Waiting waiting = OutsideGates.Waiting.of(state, gray);
        if (waiting != null) {
            gates.attend(waiting, nowMillis);
        } else if (state.ratio().equals(Ratio.ALL) && state.fleet() == null) {
            gates.keepWarm(control.name(), control.settings().stable(), gray.rollout(), nowMillis);
        }
    }

    /** What something outside said of a gate. */
    void outside(String route, RolloutEvent event, long nowMillis) {
        RouteControl control = routes.get(route);
        if (control != null && control.state() != null && control.settings().gray() != null) {
            apply(control, event, nowMillis);
            look(control, nowMillis);
            publishStatus();
        }
    }

    /** @throws NoSuchElementException with the known routes */
    Transition submit(String route, RolloutEvent.Command command, long nowMillis) {
        RouteControl control = routes.get(route);
        if (control == null) {
            throw new NoSuchElementException(
                    "unknown route " + route + " (expected: one of " + String.join(", ", routes.keySet()) + ")");
        }
        if (control.settings().gray() == null) {
            throw new NoSuchElementException("route " + route + " has no canary (expected: a route with a release)");
        }
        Transition transition = VariantNames.refusal(control.settings().gray(), command);
        if (transition == null) {
            transition =
                    apply(control, VariantNames.named(control.settings().gray(), control.state(), command), nowMillis);
        }
        look(control, nowMillis);
        publishStatus();
        return transition;
    }

    private Transition apply(RouteControl control, RolloutEvent event, long nowMillis) {
        Transition transition = RolloutMachine.step(control.name(), control.state(), event, nowMillis);
        if (!(transition instanceof Transition.Accepted accepted)
                || accepted.events().isEmpty()) {
            return transition;
        }
        control.advance(accepted.state(), accepted.events());
        int epoch = control.renewAnalysis();
        control.experiment().settle(control.settings(), control.state(), epoch, nowMillis);
        routing.publish(routing.get().with(control.route()));
        window.startEpoch(control.id(), epoch, control.onTheSpot());
        Transition.Accepted told = explained(control, accepted, event, nowMillis);
        store(control);
        told.events().forEach(this::report);
        return told;
    }

    /** Only once the next request obeys: a rollback waits for nothing, least of all for its explanation. */
    private Transition.Accepted explained(
            RouteControl control, Transition.Accepted accepted, RolloutEvent event, long nowMillis) {
        if (!accepted.isRollback()) {
            return accepted;
        }
        String check = event instanceof RolloutEvent.Breached breached
                ? breached.result().check()
                : null;
        try {
            return control.explain(accepted, check, nowMillis, window.canaryCodes(control.id()));
        } catch (RuntimeException e) {
            LOG.error("route {}: its rollback holds, but could not be explained", control.name(), e);
            return accepted;
        }
    }

    private void report(AuditEvent event) {
        if (event.action().equals("rollback")) {
            rollbacks.merge(new RollbackKey(event.route(), event.check()), 1L, Long::sum);
        }
        if (event.story() != null) {
            RollbackLine.of(event, event.story()).log(LOG);
            return;
        }
        String check = event.check().isEmpty() ? "" : " by check " + event.check();
        if (event.action().equals("rollback") || event.action().equals("breach")) {
            LOG.warn(
                    "route {} release {}: {}{}: {} -> {}: {}",
                    event.route(),
                    event.release(),
                    event.action(),
                    check,
                    event.from(),
                    event.to(),
                    event.reason());
        } else {
            LOG.info(
                    "route {} release {}: {} by {}: {} -> {}{}",
                    event.route(),
                    event.release(),
                    event.action(),
                    event.actor(),
                    event.from(),
                    event.to(),
                    event.reason().isEmpty() ? "" : ": " + event.reason());
        }
    }

    /** Stores what is not stored yet; what fails is tried again at the next tick. */
    private void store(RouteControl control) {
        store(List.of(control));
    }

    private void store(List<RouteControl> controls) {
        List<RouteControl> changed = new ArrayList<>();
        List<StateStore.Change> changes = new ArrayList<>();
        for (RouteControl control : controls) {
            RolloutState state = control.state();
            if (!control.isStored() && state != null) {
                changed.add(control);
                changes.add(new StateStore.Change(state, control.revision(), List.copyOf(control.unstored())));
            }
        }
        if (changes.isEmpty()) {
            return;
        }
        try {
            List<Long> revisions = store.putAll(changes);
            for (int i = 0; i < revisions.size(); i++) {
                changed.get(i).stored(revisions.get(i));
            }
            if (storeFailing) {
                storeFailing = false;
                LOG.info("the state can be stored again");
            }
        } catch (IOException e) {
            if (!storeFailing) {
                storeFailing = true;
                LOG.error("the state cannot be stored; it is in force and tried again each second: {}", e.getMessage());
            }
        }
    }

    /** Keeps what A/B tests have counted, and waits for it. */
    void close() {
        routes.values().forEach(control -> control.experiment().keep());
        journal.close();
    }

    boolean isAllStored() {
        return routes.values().stream().allMatch(RouteControl::isStored);
    }

    /** All in one write: ten thousand new releases must not wait for the disk ten thousand times. */
    void storeAll() {
        store(List.copyOf(routes.values()));
    }

    private void publishStatus() {
        status = routes.values().stream().map(RouteControl::status).toList();
    }
}
