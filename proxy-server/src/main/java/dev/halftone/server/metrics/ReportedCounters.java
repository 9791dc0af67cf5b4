package dev.halftone.server.metrics;

import dev.halftone.core.window.ReportedTotal;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;

/** Custom metrics as counters, labelled by names of the configuration alone. Any thread. */
final class ReportedCounters {
    private ReportedCounters() {}

    static CounterSnapshot trials(List<ReportedTotal> totals, IntFunction<String> routeName) {
        return counter(
                "halftone_custom_trials",
                "Outcomes that services reported of a custom metric",
                totals,
                routeName,
                total -> total.reported().trials());
    }

    static CounterSnapshot hits(List<ReportedTotal> totals, IntFunction<String> routeName) {
        return counter(
                "halftone_custom_hits",
                "Reported outcomes in which it happened",
                totals,
                routeName,
                total -> total.reported().hits());
    }

    private static CounterSnapshot counter(
            String name,
            String help,
            List<ReportedTotal> totals,
            IntFunction<String> routeName,
            ToLongFunction<ReportedTotal> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        for (ReportedTotal total : totals) {
            Labels labels = Labels.of(
                    "route", routeName.apply(total.routeId()),
                    "version", total.version().label(),
                    "metric", total.metric());
            counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(labels)
                    .value((double) value.applyAsLong(total))
                    .build());
        }
        return counter.build();
    }
}
