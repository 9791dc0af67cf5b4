package dev.halftone.core.analysis;

import dev.halftone.core.window.Reported;
import java.util.Map;

/**
 * One version over the analysis window. Latencies in milliseconds, NaN where there is none.
 *
 * @param errorRate 0..1, NaN without requests
 * @param users distinct users as far as they are known, estimated; 0 if none is
 * @param reported what counted of each custom metric, by name
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
        long users,
        Map<String, Reported> reported) {

    public VersionStats {
        reported = Map.copyOf(reported);
    }

    /** The same with these reports. */
    VersionStats withReported(Map<String, Reported> counts) {
        return counts.isEmpty()
                ? this
                : new VersionStats(requests, errors, errorRate, mean, p50, p90, p95, p99, users, counts);
    }
}
