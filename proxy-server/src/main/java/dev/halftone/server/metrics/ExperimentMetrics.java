package dev.halftone.server.metrics;

import dev.halftone.server.metrics.MetricsPage.RouteFigures;
import dev.halftone.server.metrics.MetricsPage.VariantFigures;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The A/B tests at a scrape. Stateless. */
final class ExperimentMetrics {
    private ExperimentMetrics() {}

    static List<MetricSnapshot> of(List<RouteFigures> routes) {
        return List.of(
                gauge(
                        routes,
                        "halftone_variant_users",
                        "Different users of a variant of an A/B test, about",
                        VariantFigures::users),
                gauge(
                        routes,
                        "halftone_variant_goal",
                        "Share of reports in which the goal happened",
                        VariantFigures::mean),
                gauge(
                        routes,
                        "halftone_variant_lift_low",
                        "Lower end of the interval of the goal's lift over the control, 0.03 for 3 %",
                        VariantFigures::low),
                gauge(
                        routes,
                        "halftone_variant_lift_high",
                        "Upper end of the interval of the goal's lift over the control",
                        VariantFigures::high));
    }

    private static GaugeSnapshot gauge(
            List<RouteFigures> routes, String name, String help, ToDoubleFunction<VariantFigures> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (RouteFigures route : routes) {
            for (VariantFigures variant : route.variants()) {
                double now = value.applyAsDouble(variant);
                if (!Double.isNaN(now)) {
                    gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(Labels.of("route", route.route().name(), "variant", variant.name()))
                            .value(now)
                            .build());
                }
            }
        }
        return gauge.build();
    }
}
