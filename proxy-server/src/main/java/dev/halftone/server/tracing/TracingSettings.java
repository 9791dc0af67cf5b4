package dev.halftone.server.tracing;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of traces.
 *
 * @param otlp where spans are posted (OTLP over HTTP, Protobuf); null: nowhere, traces are only passed on
 * @param sampleRatio share of the traces that begin here which are sampled, 0..1
 * @param serviceName what the spans' service is called
 */
public record TracingSettings(@Nullable URI otlp, double sampleRatio, String serviceName) {
    /** No spans, and traces that begin here are not sampled. */
    public static final TracingSettings OFF = new TracingSettings(null, 0, "halftone");

    public TracingSettings {
        if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
            throw new IllegalArgumentException("sampleRatio: " + sampleRatio + " (expected: 0..1)");
        }
    }
}
