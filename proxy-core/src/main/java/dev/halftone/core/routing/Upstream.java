package dev.halftone.core.routing;

import java.time.Duration;
import java.util.List;

/**
 * One version's servers and how to speak to them. An upstream that a reload did not change stays the same object, so that
 * its connections live on.
 *
 * @param connectTimeout how long a connection may take to open
 * @param responseTimeout the longest silence while a response is awaited or read
 * @param maxResponseHeadBytes all header fields of a response together
 */
public record Upstream(
        String name,
        List<Endpoint> endpoints,
        LoadBalancing loadBalancing,
        Duration connectTimeout,
        Duration responseTimeout,
        Pool pool,
        int maxResponseHeadBytes) {

    public static final int DEFAULT_RESPONSE_HEAD_BYTES = 64 << 10;

    public Upstream {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("upstream " + name + ": no endpoints (expected: at least one)");
        }
    }

    /** With the usual limit of a response's head. */
    public Upstream(
            String name,
            List<Endpoint> endpoints,
            LoadBalancing loadBalancing,
            Duration connectTimeout,
            Duration responseTimeout,
            Pool pool) {
        this(name, endpoints, loadBalancing, connectTimeout, responseTimeout, pool, DEFAULT_RESPONSE_HEAD_BYTES);
    }

    /** How the next endpoint is picked. */
    public enum LoadBalancing {
        LEAST_REQUEST,
        ROUND_ROBIN,
        RANDOM
    }

    /**
     * @param host name or address
     * @param port 1..65535
     * @param weight share of requests against its siblings, 1..1000
     */
    public record Endpoint(String host, int port, int weight) {
        @Override
        public String toString() {
            return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
        }
    }

    /**
     * Limits of one upstream's connections; counts are for the whole process.
     *
     * @param maxIdle idle connections kept
     * @param idleTimeout how long an idle connection is kept
     * @param maxConnections connections open at once
     * @param maxPending requests that wait for a connection
     */
    public record Pool(int maxIdle, Duration idleTimeout, int maxConnections, int maxPending) {
        public static final Pool DEFAULT = new Pool(64, Duration.ofSeconds(30), 1024, 1024);
    }
}
