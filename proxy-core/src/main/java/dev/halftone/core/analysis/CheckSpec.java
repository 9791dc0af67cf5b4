package dev.halftone.core.analysis;

import org.jspecify.annotations.Nullable;

/**
 * One rule over closed slices.
 *
 * @param custom the custom metric's name where the metric is {@link Metric#CUSTOM}, else null
 * @param consecutive how many breaching points in a row make a breach, 1..1000
 */
public record CheckSpec(
        String name, Metric metric, @Nullable String custom, DetectorSpec detector, int consecutive) {

    public CheckSpec {
        if ((metric == Metric.CUSTOM) != (custom != null)) {
            throw new IllegalArgumentException(
                    "metric " + metric.label() + " named " + custom + " (expected: a name with custom, none without)");
        }
    }

    public CheckSpec(String name, Metric metric, DetectorSpec detector, int consecutive) {
        this(name, metric, null, detector, consecutive);
    }

    /** As in the configuration: {@code errorRate}, {@code custom:click}. */
    public String metricLabel() {
        return custom == null ? metric.label() : metric.label() + ":" + custom;
    }
}
