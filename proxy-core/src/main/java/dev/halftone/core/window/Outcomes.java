package dev.halftone.core.window;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * How some requests ended. Immutable.
 *
 * @param requests all finished requests, errors and client faults among them
 * @param latency of the requests that an upstream answered whole
 */
public record Outcomes(long requests, long errors, long clientFaults, LatencyCounts latency) {
    public static final Outcomes NONE = new Outcomes(0, 0, 0, LatencyCounts.EMPTY);

    boolean isNone() {
        return requests == 0 && errors == 0 && clientFaults == 0 && latency.count() == 0;
    }

    public Outcomes plus(Outcomes other) {
        if (other.isNone()) {
            return this;
        }
        if (isNone()) {
            return other;
        }
        return new Outcomes(
                requests + other.requests,
                errors + other.errors,
                clientFaults + other.clientFaults,
                latency.plus(other.latency));
    }

    /** The sum of all; cheaper than one by one. */
    public static Outcomes sum(Collection<Outcomes> parts) {
        long requests = 0;
        long errors = 0;
        long clientFaults = 0;
        List<LatencyCounts> latencies = new ArrayList<>(parts.size());
        for (Outcomes part : parts) {
            requests += part.requests;
            errors += part.errors;
            clientFaults += part.clientFaults;
            if (part.latency.count() > 0) {
                latencies.add(part.latency);
            }
        }
        LatencyCounts latency = LatencyCounts.sum(latencies);
        return requests == 0 && errors == 0 && clientFaults == 0 && latency.count() == 0
                ? NONE
                : new Outcomes(requests, errors, clientFaults, latency);
    }
}
