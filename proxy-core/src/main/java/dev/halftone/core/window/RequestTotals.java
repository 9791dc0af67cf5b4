package dev.halftone.core.window;

import dev.halftone.core.Version;
import dev.halftone.core.routing.Reason;
import java.util.List;

/**
 * All finished requests of one route and version since the process began, analysed or not.
 *
 * @param counts one for each combination that was seen
 * @param latency of the requests that an upstream answered whole
 */
public record RequestTotals(int routeId, Version version, List<CodeCount> counts, LatencyCounts latency) {
    public RequestTotals {
        counts = List.copyOf(counts);
    }

    /**
     * @param code {@code 1xx} to {@code 5xx} as answered by the upstream, or {@code error} where none answered whole
     */
    public record CodeCount(String code, Reason reason, long requests) {}
}
