package dev.halftone.server.metrics;

import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.SafetyNet;
import dev.halftone.core.window.SideCounts;
import dev.halftone.core.window.SideCounts.Mirrored;
import dev.halftone.server.metrics.MetricsPage.RouteFigures;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

/** What was sent beside the requests that clients made, of the routes that ask for it. Any thread. */
final class NetMetrics {
    private NetMetrics() {}

    static List<MetricSnapshot> of(List<RouteFigures> routes, SideCounts counts) {
        CounterSnapshot.Builder rescued = CounterSnapshot.builder()
                .name("halftone_rescued")
                .help("Requests that the canary failed and stable was asked to answer in its place");
        CounterSnapshot.Builder retried = CounterSnapshot.builder()
                .name("halftone_retried")
                .help("Requests that were sent to the same upstream again");
        CounterSnapshot.Builder mirrored = CounterSnapshot.builder()
                .name("halftone_mirrored")
                .help("Copies of stable's requests for the canary, by what the comparison of the answers said");
        for (RouteFigures figures : routes) {
            Route route = figures.route();
            Gray gray = route.gray();
            SafetyNet net = gray == null ? SafetyNet.NONE : gray.net();
            if (net.rescue() != null) {
                rescued.dataPoint(point(Labels.of("route", route.name()), counts.rescuedOf(route.id())));
            }
            if (route.forwarding().retries() != null) {
                retried.dataPoint(point(Labels.of("route", route.name()), counts.retriedOf(route.id())));
            }
            for (Mirrored result : net.mirror() == null ? new Mirrored[0] : Mirrored.values()) {
                Labels labels = Labels.of("route", route.name(), "result", result.label());
                mirrored.dataPoint(point(labels, counts.mirroredOf(route.id(), result)));
            }
        }
        return List.of(rescued.build(), retried.build(), mirrored.build());
    }

    private static CounterSnapshot.CounterDataPointSnapshot point(Labels labels, long count) {
        return CounterSnapshot.CounterDataPointSnapshot.builder()
                .labels(labels)
                .value((double) count)
                .build();
    }
}
