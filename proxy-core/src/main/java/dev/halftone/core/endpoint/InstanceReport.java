package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream.Endpoint;

/**
 * How one endpoint of an upstream stands, as the data plane sees it.
 *
 * @param inFlight exchanges under way with it and connections being opened to it, of all event loops
 * @param well whether neither health checks nor its own errors speak against it; not before the first check, where there are some
 * @param othersWell how many other endpoints of the upstream are well
 */
public record InstanceReport(int inFlight, boolean well, int othersWell) {
    /** Of an endpoint among the others; a name has one entry for each of its addresses. */
    public static InstanceReport of(EndpointSet endpoints, Endpoint endpoint, int inFlight) {
        boolean well = true;
        int others = 0;
        for (EndpointSet.Entry entry : endpoints.entries()) {
            boolean isWell =
                    entry.state() == EndpointState.HEALTHY && entry.member().isKnown();
            if (entry.member().endpoint().equals(endpoint)) {
                well &= isWell;
            } else {
                others += isWell ? 1 : 0;
            }
        }
        return new InstanceReport(inFlight, well, others);
    }
}
