package dev.halftone.core.analysis;

/**
 * One version over the analysis window. Latencies in milliseconds, NaN where there is none.
 *
 * @param errorRate 0..1, NaN without requests
 * @param users distinct users as far as they are known, estimated; 0 if none is
 */
public record VersionStats(
        long requests,
        long errors,
        double errorRate,
        double mean,
        double p50,
        double p90,
        double p95,
        double p99,
        long users) {}
