package dev.halftone.core.routing;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One version's servers and how to speak to them. An upstream that a reload did not change stays the same object, so that
 * its connections live on.
 *
 * @param connectTimeout how long a connection may take to open
 * @param responseTimeout the longest silence while a response is awaited or read
 * @param maxResponseHeadBytes all header fields of a response together
 * @param healthCheck null: endpoints are not asked how they are
 * @param outlierDetection null: no endpoint is taken out for its errors
 * @param dnsRefresh how often names of endpoints are looked up again
 */
public record Upstream(
        String name,
        List<Endpoint> endpoints,
        LoadBalancing loadBalancing,
        Duration connectTimeout,
        Duration responseTimeout,
        Pool pool,
        int maxResponseHeadBytes,
        @Nullable HealthCheck healthCheck,
        @Nullable OutlierDetection outlierDetection,
        Duration dnsRefresh) {

    public static final int DEFAULT_RESPONSE_HEAD_BYTES = 64 << 10;
    public static final Duration DEFAULT_DNS_REFRESH = Duration.ofSeconds(30);

    public Upstream {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("upstream " + name + ": no endpoints (expected: at least one)");
        }
    }

    /** Without health checks and outlier detection. */
    public Upstream(
            String name,
            List<Endpoint> endpoints,
            LoadBalancing loadBalancing,
            Duration connectTimeout,
            Duration responseTimeout,
            Pool pool,
            int maxResponseHeadBytes) {
        this(
                name,
                endpoints,
                loadBalancing,
                connectTimeout,
                responseTimeout,
                pool,
                maxResponseHeadBytes,
                null,
                null,
                DEFAULT_DNS_REFRESH);
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

    /** How long a request may wait for a connection. */
    public Duration pendingTimeout() {
        return pool.pendingTimeout == null ? connectTimeout : pool.pendingTimeout;
    }

    /** How the next endpoint is picked. */
    public enum LoadBalancing {
        LEAST_REQUEST("leastRequest"),
        ROUND_ROBIN("roundRobin"),
        RANDOM("random");

        private final String label;

        LoadBalancing(String label) {
            this.label = label;
        }

        /** The contract's word. */
        public String label() {
            return label;
        }
    }

    /**
     * A request that each endpoint is asked again and again; well is an answer of 200..399.
     *
     * @param path begins with a slash
     * @param host the Host header, or null: the endpoint's host and port
     * @param interval from the start of one check to the start of the next
     * @param timeout until the answer's head
     * @param unhealthyThreshold failures in a row after which the endpoint gets no requests
     * @param healthyThreshold successes in a row after which it gets them again
     */
    public record HealthCheck(
            String path,
            @Nullable String host,
            Duration interval,
            Duration timeout,
            int unhealthyThreshold,
            int healthyThreshold) {}

    /**
     * Takes an endpoint out for the errors of the requests it gets.
     *
     * @param consecutiveErrors errors in a row, of all event loops, after which it is ejected
     * @param ejectionTime how long the first ejection lasts
     * @param maxEjectedPercent share of endpoints that may be ejected at once, 1..100, rounded down
     */
    public record OutlierDetection(int consecutiveErrors, Duration ejectionTime, int maxEjectedPercent) {}

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
     * Limits of one upstream's connections, all endpoints together; counts are for the whole process.
     *
     * @param maxIdle idle connections kept
     * @param idleTimeout how long an idle connection is kept
     * @param maxConnections connections open at once
     * @param maxPending requests that wait for a connection that cannot be opened
     * @param pendingTimeout how long they wait, or null: as long as a connection may take to open
     */
    public record Pool(
            int maxIdle,
            Duration idleTimeout,
            int maxConnections,
            int maxPending,
            @Nullable Duration pendingTimeout) {
        public static final Pool DEFAULT = new Pool(64, Duration.ofSeconds(30), 1024, 1024);

        public Pool(int maxIdle, Duration idleTimeout, int maxConnections, int maxPending) {
            this(maxIdle, idleTimeout, maxConnections, maxPending, null);
        }
    }
}
