package dev.halftone.server.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.Supplier;

/** What became of spans of sampled requests. Any thread. */
final class SpanCollector implements Collector {
    private final Supplier<Map<String, Long>> results;

    SpanCollector(Supplier<Map<String, Long>> results) {
        this.results = results;
    }

    @Override
    public CounterSnapshot collect() {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("halftone_spans")
                .help(
                        "Spans of sampled requests that were sent, could not be sent, or dropped because too many waited");
        results.get()
                .forEach((result, count) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of("result", result))
                        .value((double) count)
                        .build()));
        return counter.build();
    }
}
