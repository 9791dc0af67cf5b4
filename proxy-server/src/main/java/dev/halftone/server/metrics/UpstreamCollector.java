package dev.halftone.server.metrics;

import dev.halftone.core.endpoint.EndpointState;
import dev.halftone.core.endpoint.UpstreamStatus;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What upstreams have: endpoints by state, connections, requests that wait. Labels are names of the configuration. Any thread. */
final class UpstreamCollector implements MultiCollector {
    private final Supplier<List<UpstreamStatus>> upstreams;

    UpstreamCollector(Supplier<List<UpstreamStatus>> upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public MetricSnapshots collect() {
        List<UpstreamStatus> all = upstreams.get();
        return new MetricSnapshots(
                endpoints(all),
                gauge(
                        "halftone_upstream_connections",
                        "Open connections to the upstream, idle ones too",
                        all,
                        UpstreamStatus::connections),
                gauge(
                        "halftone_upstream_pending",
                        "Requests that wait for a connection to the upstream",
                        all,
                        UpstreamStatus::pending),
                rejected(all));
    }

    private static GaugeSnapshot endpoints(List<UpstreamStatus> all) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("halftone_upstream_endpoints").help("Endpoints of the upstream by state");
        for (UpstreamStatus status : all) {
            for (EndpointState state : EndpointState.values()) {
                gauge.dataPoint(point(
                        Labels.of("upstream", status.upstream().name(), "state", state.label()),
                        status.endpoints().count(state)));
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot gauge(
            String name, String help, List<UpstreamStatus> all, ToDoubleFunction<UpstreamStatus> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (UpstreamStatus status : all) {
            gauge.dataPoint(point(Labels.of("upstream", status.upstream().name()), value.applyAsDouble(status)));
        }
        return gauge.build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value(value)
                .build();
    }

    private static CounterSnapshot rejected(List<UpstreamStatus> all) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("halftone_upstream_rejected")
                .help("Requests refused because maxConnections was reached and no connection became free in time");
        for (UpstreamStatus status : all) {
            counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(Labels.of("upstream", status.upstream().name()))
                    .value((double) status.rejected())
                    .build());
        }
        return counter.build();
    }
}
