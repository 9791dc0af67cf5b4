package dev.halftone.server.metrics;

import dev.halftone.core.rollout.Phase;
import dev.halftone.core.routing.Route;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.RequestTotals;
import dev.halftone.server.metrics.MetricsPage.Pair;
import dev.halftone.server.metrics.MetricsPage.RouteFigures;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * The product's own metrics, made at each scrape from what is counted anyway, so that a request pays for nothing twice. Any
 * thread.
 */
final class ReleaseCollector implements MultiCollector {
    /** Milliseconds; the last stands for 60 s. */
    private static final long[] BOUNDS_MILLIS = {
        1, 2, 5, 10, 20, 35, 50, 75, 100, 200, 350, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000
    };

    private final MetricsPage.Sources sources;
    /** Also of routes that a reload took away: their counters stay. */
    private final Map<Integer, String> routeNames = new ConcurrentHashMap<>();

    private volatile BiFunction<String, String, List<MetricsPage.Exemplar>> exemplars = (route, version) -> List.of();

    ReleaseCollector(MetricsPage.Sources sources) {
        this.sources = sources;
    }

    void exemplars(BiFunction<String, String, List<MetricsPage.Exemplar>> source) {
        exemplars = source;
    }

    @Override
    public MetricSnapshots collect() {
        List<RouteFigures> routes = sources.routes().get();
        for (RouteFigures figures : routes) {
            Route route = figures.route();
            routeNames.put(route.id(), route.name());
        }
        List<RequestTotals> totals = sources.window().totals();
        List<MetricSnapshot> all = new ArrayList<>(List.of(
                requests(totals),
                durations(totals),
                ratio(routes),
                observedRatio(routes),
                phases(routes),
                steps(routes),
                verdicts(routes),
                ReportedCounters.trials(sources.window().reportedTotals(), this::name),
                ReportedCounters.hits(sources.window().reportedTotals(), this::name),
                pairs(
                        "halftone_rollbacks",
                        "Releases taken back, by the check that breached",
                        "route",
                        "check",
                        sources.rollbacks().get()),
                pairs(
                        "halftone_upstream_errors",
                        "Requests that an upstream failed, by cause",
                        "upstream",
                        "cause",
                        sources.upstreamErrors().get()),
                pairs(
                        "halftone_connections_refused",
                        "Client connections that were not accepted, by reason",
                        "listener",
                        "reason",
                        sources.refusedConnections().get()),
                connections(),
                protectedTokens()));
        all.addAll(ExperimentMetrics.of(routes));
        all.addAll(NetMetrics.of(routes, sources.window().sideCounts()));
        return new MetricSnapshots(all);
    }

    private String name(int routeId) {
        return routeNames.getOrDefault(routeId, "route-" + routeId);
    }

    private CounterSnapshot requests(List<RequestTotals> totals) {
        CounterSnapshot.Builder requests =
                CounterSnapshot.builder().name("halftone_requests").help("Finished requests by what came of them");
        for (RequestTotals total : totals) {
            for (RequestTotals.CodeCount count : total.counts()) {
                Labels labels = Labels.of(
                        "route", name(total.routeId()),
                        "version", total.version().label(),
                        "code", count.code(),
                        "reason", count.reason().label());
                requests.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value((double) count.requests())
                        .build());
            }
        }
        return requests.build();
    }

    private HistogramSnapshot durations(List<RequestTotals> totals) {
        HistogramSnapshot.Builder durations = HistogramSnapshot.builder()
                .name("halftone_request_duration_seconds")
                .unit(Unit.SECONDS)
                .help("Time from a request's head to its answer's end, where an upstream answered whole");
        for (RequestTotals total : totals) {
            durations.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                    .labels(Labels.of(
                            "route",
                            name(total.routeId()),
                            "version",
                            total.version().label()))
                    .classicHistogramBuckets(buckets(total.latency()))
                    .sum(total.latency().sumNanos() / 1e9)
                    .exemplars(exemplars(total))
                    .build());
        }
        return durations.build();
    }

    private Exemplars exemplars(RequestTotals total) {
        List<Exemplar> all = new ArrayList<>();
        for (MetricsPage.Exemplar one :
                exemplars.apply(name(total.routeId()), total.version().label())) {
            all.add(Exemplar.builder()
                    .value(one.seconds())
                    .traceId(one.traceId())
                    .spanId(one.spanId())
                    .timestampMillis(one.atMillis())
                    .build());
        }
        return Exemplars.of(all);
    }

    private static ClassicHistogramBuckets buckets(LatencyCounts latency) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        long above = latency.count();
        for (long millis : BOUNDS_MILLIS) {
            long left = latency.countAbove(millis * 1_000_000);
            buckets.bucket(millis / 1e3, above - left);
            above = left;
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, above).build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value(value)
                .build();
    }

    private static GaugeSnapshot ratio(List<RouteFigures> routes) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("halftone_ratio").help("Percent of users sent to the canary now");
        routes.forEach(figures ->
                gauge.dataPoint(point(Labels.of("route", figures.route().name()), figures.ratioPercent())));
        return gauge.build();
    }

    private static GaugeSnapshot observedRatio(List<RouteFigures> routes) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("halftone_observed_ratio")
                .help("Percent of requests of the analysis window that the canary had");
        routes.forEach(figures ->
                gauge.dataPoint(point(Labels.of("route", figures.route().name()), figures.observedRatioPercent())));
        return gauge.build();
    }

    private static GaugeSnapshot phases(List<RouteFigures> routes) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("halftone_phase").help("1 for the phase that the route's release is in");
        for (RouteFigures figures : routes) {
            for (Phase phase : Phase.values()) {
                Labels labels = Labels.of("route", figures.route().name(), "phase", phase.label());
                gauge.dataPoint(point(labels, phase == figures.phase() ? 1 : 0));
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot steps(List<RouteFigures> routes) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("halftone_step")
                .help("The step in force of the release's plan, from 1; 0 before the first");
        for (RouteFigures figures : routes) {
            if (!Double.isNaN(figures.step())) {
                gauge.dataPoint(point(Labels.of("route", figures.route().name()), figures.step()));
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot verdicts(List<RouteFigures> routes) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("halftone_check_verdict")
                .help("What the check says: 0 healthy, 1 insufficient, 2 breach");
        for (RouteFigures figures : routes) {
            figures.verdicts()
                    .forEach((check, verdict) -> gauge.dataPoint(
                            point(Labels.of("route", figures.route().name(), "check", check), verdict)));
        }
        return gauge.build();
    }

    private static CounterSnapshot pairs(
            String name, String help, String first, String second, Map<Pair, Long> counts) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        new HashMap<>(counts)
                .forEach((pair, count) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of(first, pair.first(), second, pair.second()))
                        .value((double) count)
                        .build()));
        return counter.build();
    }

    private CounterSnapshot protectedTokens() {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("halftone_protected_connection_tokens")
                .help("Fields that a request's Connection field named although it cannot remove them");
        sources.protectedConnectionTokens()
                .get()
                .forEach((listener, count) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of("listener", listener))
                        .value((double) count)
                        .build()));
        return counter.build();
    }

    private GaugeSnapshot connections() {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("halftone_connections").help("Open client connections");
        sources.connections()
                .get()
                .forEach((listener, open) -> gauge.dataPoint(point(Labels.of("listener", listener), open)));
        return gauge.build();
    }
}
