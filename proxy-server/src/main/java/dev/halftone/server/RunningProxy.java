package dev.halftone.server;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.admin.AdminServer;
import dev.halftone.server.cli.ProductVersion;
import dev.halftone.server.config.Settings;
import dev.halftone.server.control.ControlLoop;
import dev.halftone.server.control.ExperimentStatus;
import dev.halftone.server.control.RouteStatus;
import dev.halftone.server.metrics.MetricsPage;
import dev.halftone.server.metrics.MetricsPage.Pair;
import dev.halftone.server.metrics.MetricsPage.RouteFigures;
import dev.halftone.server.metrics.MetricsPage.VariantFigures;
import dev.halftone.server.notify.Notifier;
import dev.halftone.server.proxy.ProxyServer;
import dev.halftone.server.store.EmbeddedStore;
import dev.halftone.server.store.StateStore;
import dev.halftone.server.tracing.Tracing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a running proxy, joined. Methods may be called from any thread, one at a time. */
final class RunningProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningProxy.class);

    private final StateStore store;
    private final Notifier notifier;
    private final Tracing tracing;
    private final ControlLoop control;
    private final ProxyServer proxy;
    private final MetricsPage metrics;
    private final AdminServer admin;
    private volatile boolean ready = true;

    private RunningProxy(Settings settings, StateStore store) throws IOException {
        this.store = store;
        ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
        OutcomeWindow window = new OutcomeWindow();
        notifier = Notifier.start(settings.notifications(), store);
        tracing = Tracing.start(settings.tracing(), ProductVersion.text());
        control = startControl(settings, routing, window);
        ProxyServer startedProxy = null;
        try {
            startedProxy = ProxyServer.start(settings, routing, window, tracing);
            proxy = startedProxy;
            control.instances(proxy);
            metrics = new MetricsPage(new MetricsPage.Sources(
                    window,
                    () -> figures(control.status()),
                    () -> rollbacks(control),
                    () -> upstreamErrors(proxy),
                    () -> refusedConnections(proxy),
                    proxy::connections,
                    proxy::protectedConnectionTokens,
                    proxy::upstreams,
                    ProductVersion.text()));
            metrics.showNotifications(notifier::results);
            metrics.showTracing(tracing::results, (route, version) -> exemplars(tracing, route, version));
            admin = AdminServer.start(
                    settings.admin(),
                    control,
                    routing,
                    window,
                    store,
                    proxy::upstreams,
                    accept -> new AdminServer.Page(metrics.contentType(accept), metrics.scrape(accept)),
                    () -> ready,
                    ProductVersion.text());
        } catch (IOException e) {
            if (startedProxy != null) {
                startedProxy.close();
            }
            control.close();
            notifier.close();
            tracing.close();
            throw e;
        }
    }

    private ControlLoop startControl(Settings settings, ActiveRouting routing, OutcomeWindow window)
            throws IOException {
        try {
            return ControlLoop.start(settings, routing, window, store);
        } catch (IOException e) {
            notifier.close();
            tracing.close();
            throw e;
        }
    }

    /** @throws IOException in one line; nothing is left open */
    static RunningProxy start(Settings settings) throws IOException {
        StateStore store = EmbeddedStore.open(settings.state().path());
        try {
            return new RunningProxy(settings, store);
        } catch (IOException e) {
            store.close();
            throw e;
        }
    }

    private static List<MetricsPage.Exemplar> exemplars(Tracing tracing, String route, String version) {
        return tracing.exemplars(route, version).stream()
                .map(span -> new MetricsPage.Exemplar(
                        span.durationNanos() / 1e9, span.traceId(), span.spanId(), span.endEpochNanos() / 1_000_000))
                .toList();
    }

    private static List<RouteFigures> figures(List<RouteStatus> statuses) {
        return statuses.stream().map(RunningProxy::figures).toList();
    }

    private static RouteFigures figures(RouteStatus status) {
        RolloutState state = status.state();
        Map<String, Integer> verdicts = new LinkedHashMap<>();
        status.checks()
                .forEach(check -> verdicts.put(check.check(), check.verdict().number()));
        double requests = (double) status.stable().requests() + status.canary().requests();
        double observed = requests == 0 ? Double.NaN : 100 * status.canary().requests() / requests;
        Ratio ratio = state == null ? Ratio.NONE : state.ratio();
        Phase phase = state == null ? Phase.IDLE : state.phase();
        double step = status.plan() == null ? Double.NaN : status.plan().step();
        return new RouteFigures(
                status.route(), phase, ratio.percent().doubleValue(), observed, step, verdicts, variants(status));
    }

    private static List<VariantFigures> variants(RouteStatus status) {
        ExperimentStatus experiment = status.experiment();
        return experiment == null
                ? List.of()
                : experiment.finding().arms().stream()
                        .map(arm -> new VariantFigures(arm.name(), arm.users(), arm.mean(), arm.low(), arm.high()))
                        .toList();
    }

    private static Map<Pair, Long> rollbacks(ControlLoop control) {
        Map<Pair, Long> counts = new HashMap<>();
        control.rollbacks().forEach((key, count) -> counts.put(new Pair(key.route(), key.check()), count));
        return counts;
    }

    private static Map<Pair, Long> upstreamErrors(ProxyServer proxy) {
        Map<Pair, Long> counts = new HashMap<>();
        proxy.upstreamErrors().forEach((key, count) -> counts.put(new Pair(key.upstream(), key.cause()), count));
        return counts;
    }

    private static Map<Pair, Long> refusedConnections(ProxyServer proxy) {
        Map<Pair, Long> counts = new HashMap<>();
        proxy.refusedConnections().forEach((key, count) -> counts.put(new Pair(key.listener(), key.reason()), count));
        return counts;
    }

    List<InetSocketAddress> webAddresses() {
        return proxy.addresses();
    }

    InetSocketAddress adminAddress() {
        return admin.address();
    }

    /**
     * Takes a new configuration over whole, or not at all.
     *
     * @throws IOException if a listener cannot be bound or the access log not be opened
     */
    void reload(Settings settings) throws IOException {
        proxy.reload(settings);
        notifier.reload(settings.notifications()).join();
        control.reload(settings).join();
        metrics.countReload("accepted");
    }

    void reloadRejected() {
        metrics.countReload("rejected");
    }

    /** From now on {@code /readyz} says no, and no connection is accepted; returns when nothing is under way. */
    void drain(Duration atMost) {
        ready = false;
        proxy.drain(atMost).join();
    }

    @Override
    public void close() {
        ready = false;
        proxy.close();
        admin.close();
        control.close();
        notifier.close();
        tracing.close();
        metrics.close();
        try {
            store.close();
        } catch (IOException e) {
            LOG.error("the state could not be closed: {}", e.getMessage());
        }
    }
}
