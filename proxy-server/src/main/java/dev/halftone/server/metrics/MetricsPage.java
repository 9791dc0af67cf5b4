package dev.halftone.server.metrics;

import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.routing.Route;
import dev.halftone.core.window.OutcomeWindow;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Everything that {@code /metrics} shows. Any thread. */
public final class MetricsPage implements AutoCloseable {
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ReleaseCollector releases;
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** Where the figures come from; each supplier is read at each scrape. */
    public record Sources(
            OutcomeWindow window,
            Supplier<List<RouteFigures>> routes,
            Supplier<Map<Pair, Long>> rollbacks,
            Supplier<Map<Pair, Long>> upstreamErrors,
            Supplier<Map<Pair, Long>> refusedConnections,
            Supplier<Map<String, Integer>> connections,
            Supplier<Map<String, Long>> protectedConnectionTokens,
            Supplier<List<UpstreamStatus>> upstreams,
            String version) {}

    /**
     * One route's gauges.
     *
     * @param phase the contract's word
     * @param observedRatioPercent share of the window's requests that the canary had; NaN without requests
     * @param step the plan's step in force, from 1, 0 before the first; NaN without a plan
     * @param verdicts number by check
     * @param variants of an A/B test; empty where none runs
     */
    public record RouteFigures(
            Route route,
            Phase phase,
            double ratioPercent,
            double observedRatioPercent,
            double step,
            Map<String, Integer> verdicts,
            List<VariantFigures> variants) {}

    /**
     * One variant of a route's A/B test.
     *
     * @param users different ones who were answered, about
     * @param mean of the goal; NaN without reports
     * @param low lower end of the lift's interval; NaN while there is none
     * @param high upper end
     */
    public record VariantFigures(String name, long users, double mean, double low, double high) {}

    /**
     * A sampled request that a point of the histogram of durations can be traced to.
     *
     * @param atMillis when it ended, in milliseconds of the epoch
     */
    public record Exemplar(double seconds, String traceId, String spanId, long atMillis) {}

    /** Two label values: route and check, upstream and cause, or listener and reason. */
    public record Pair(String first, String second) {}

    public MetricsPage(Sources sources) {
        // Their names break the rules of the format (promtool check metrics).
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        releases = new ReleaseCollector(sources);
        registry.getPrometheusRegistry().register(releases);
        registry.getPrometheusRegistry().register(new UpstreamCollector(sources.upstreams()));
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
        Gauge.builder("halftone.build.info", () -> 1)
                .description("Which program this is; always 1")
                .tag("version", sources.version())
                .tag("java", System.getProperty("java.version", "unknown"))
                .register(registry);
        countReloads("accepted", 0);
        countReloads("rejected", 0);
    }

    /** Shows what became of notifications, by result; read at each scrape. */
    public void showNotifications(Supplier<Map<String, Long>> results) {
        registry.getPrometheusRegistry()
                .register(new ResultCollector(
                        "halftone_notifications",
                        "Messages to webhooks that arrived, were tried again, given up, or dropped because too many waited",
                        results));
    }

    /**
     * Shows what became of spans, by result, and in OpenMetrics the newest sampled requests beside the durations; read at each
     * scrape.
     *
     * @param exemplars by the names of route and version
     */
    public void showTracing(Supplier<Map<String, Long>> results, BiFunction<String, String, List<Exemplar>> exemplars) {
        registry.getPrometheusRegistry()
                .register(new ResultCollector(
                        "halftone_spans",
                        "Spans of sampled requests that were sent, could not be sent, or dropped because too many waited",
                        results));
        releases.exemplars(exemplars);
    }

    /** Counts one reload, {@code accepted} or {@code rejected}. */
    public void countReload(String result) {
        countReloads(result, 1);
    }

    private void countReloads(String result, int by) {
        Counter.builder("halftone.config.reloads")
                .description("Configurations that were read again, by what came of it")
                .tag("result", result)
                .register(registry)
                .increment(by);
    }

    /** The page in the format that the Accept header asks for: Prometheus text, or OpenMetrics. */
    public String scrape(String accept) {
        return registry.scrape(contentType(accept));
    }

    /** The media type that {@link #scrape} answers with for this Accept header. */
    public String contentType(String accept) {
        return accept.contains("application/openmetrics-text") ? OPEN_METRICS : PROMETHEUS_TEXT;
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
