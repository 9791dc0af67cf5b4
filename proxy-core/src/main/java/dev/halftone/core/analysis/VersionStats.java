package dev.halftone.core.analysis;

/**
 * One version over the analysis window. Latencies in milliseconds, NaN where there is none.
 *
 * @param errorRate 0..1, NaN without requests
 */
public record VersionStats(
        long requests, long errors, double errorRate, double mean, double p50, double p90, double p95, double p99) {}
