package dev.halftone.server.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.Supplier;

/** A counter of things that had one of several results, with the label {@code result}. Any thread. */
final class ResultCollector implements Collector {
    private final String name;
    private final String help;
    private final Supplier<Map<String, Long>> results;

    /** @param name without {@code _total} */
    ResultCollector(String name, String help, Supplier<Map<String, Long>> results) {
        this.name = name;
        this.help = help;
        this.results = results;
    }

    @Override
    public CounterSnapshot collect() {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        results.get()
                .forEach((result, count) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of("result", result))
                        .value((double) count)
                        .build()));
        return counter.build();
    }
}
