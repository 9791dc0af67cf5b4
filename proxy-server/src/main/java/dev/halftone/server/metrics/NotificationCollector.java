package dev.halftone.server.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.Supplier;

/** What became of messages to webhooks. Any thread. */
final class NotificationCollector implements Collector {
    private final Supplier<Map<String, Long>> results;

    NotificationCollector(Supplier<Map<String, Long>> results) {
        this.results = results;
    }

    @Override
    public CounterSnapshot collect() {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("halftone_notifications")
                .help(
                        "Messages to webhooks that arrived, were tried again, given up, or dropped because too many waited");
        results.get()
                .forEach((result, count) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of("result", result))
                        .value((double) count)
                        .build()));
        return counter.build();
    }
}
