package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream;

/**
 * How an upstream stands, for API and metrics. Immutable.
 *
 * @param connections open to it, idle ones too
 * @param pending requests that wait for a connection
 * @param rejected requests that found no place to wait, or waited in vain, since the start
 */
public record UpstreamStatus(Upstream upstream, EndpointSet endpoints, int connections, int pending, long rejected) {}
