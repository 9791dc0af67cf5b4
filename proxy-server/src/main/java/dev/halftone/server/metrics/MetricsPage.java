package dev.halftone.server.metrics;

import dev.halftone.core.routing.Route;
import dev.halftone.core.window.OutcomeWindow;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Everything that {@code /metrics} shows. Any thread. */
public final class MetricsPage {
    /** Where the figures come from; each supplier is read at each scrape. */
    public record Sources(
            OutcomeWindow window,
            Supplier<List<RouteFigures>> routes,
            Supplier<Map<Pair, Long>> rollbacks,
            Supplier<Map<Pair, Long>> upstreamErrors,
            Supplier<Map<String, Integer>> connections,
            String version) {}

    /**
     * One route's gauges.
     *
     * @param phase the contract's word
     * @param verdicts number by check
     */
    public record RouteFigures(Route route, String phase, double ratioPercent, Map<String, Integer> verdicts) {}

    /** Two label values: route and check, or upstream and cause. */
    public record Pair(String first, String second) {}

    public MetricsPage(Sources sources) {
        throw new UnsupportedOperationException(sources.toString());
    }

    /** Counts one reload, {@code accepted} or {@code rejected}. */
    public void countReload(String result) {
        throw new UnsupportedOperationException(result);
    }

    /** The page in the format that the Accept header asks for: Prometheus text, or OpenMetrics. */
    public String scrape(String accept) {
        throw new UnsupportedOperationException(accept);
    }

    /** The media type that {@link #scrape} answers with for this Accept header. */
    public String contentType(String accept) {
        throw new UnsupportedOperationException(accept);
    }
}
