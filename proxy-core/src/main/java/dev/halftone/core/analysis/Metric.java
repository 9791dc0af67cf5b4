package dev.halftone.core.analysis;

/** What a check judges. Rates are shares 0..1, request rate is per second, latencies are milliseconds. */
public enum Metric {
    REQUEST_RATE("requestRate"),
    SUCCESS_RATE("successRate"),
    ERROR_RATE("errorRate"),
    LATENCY_MEAN("latencyMean"),
    LATENCY_P50("latencyP50"),
    LATENCY_P90("latencyP90"),
    LATENCY_P95("latencyP95"),
    LATENCY_P99("latencyP99"),
    /** What services report; {@link CheckSpec#custom} says which. */
    CUSTOM("custom");

    private final String label;

    Metric(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Whether this is some figure of the latency. */
    public boolean isLatency() {
        return switch (this) {
            case LATENCY_MEAN, LATENCY_P50, LATENCY_P90, LATENCY_P95, LATENCY_P99 -> true;
            default -> false;
        };
    }
}
