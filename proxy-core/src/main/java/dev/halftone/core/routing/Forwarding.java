package dev.halftone.core.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a route passes messages on, and what it changes in them.
 *
 * @param exposeVersion whether the client sees {@code X-Halftone-Version}
 * @param requestTimeout the longest time from the request's head to the response's end; zero: no limit
 * @param idleTimeout the longest silence on an upgraded connection; zero: no limit
 * @param pathPrefix what takes the place of the matched path prefix, or null
 * @param host what takes the place of Host, or null
 * @param customMetrics what the services may report, or null
 * @param retries when a request is sent to the same upstream again, or null for never
 */
public record Forwarding(
        boolean exposeVersion,
        Duration requestTimeout,
        Duration idleTimeout,
        @Nullable String pathPrefix,
        @Nullable String host,
        HeaderEdits requestHeaders,
        HeaderEdits responseHeaders,
        @Nullable CustomMetrics customMetrics,
        @Nullable ReplayPolicy retries) {

    public static final Forwarding DEFAULT = new Forwarding(
            false, Duration.ZERO, Duration.ofSeconds(60), null, null, HeaderEdits.NONE, HeaderEdits.NONE);

    /** For a route whose services report nothing, without retries. */
    public Forwarding(
            boolean exposeVersion,
            Duration requestTimeout,
            Duration idleTimeout,
            @Nullable String pathPrefix,
            @Nullable String host,
            HeaderEdits requestHeaders,
            HeaderEdits responseHeaders) {
        this(exposeVersion, requestTimeout, idleTimeout, pathPrefix, host, requestHeaders, responseHeaders, null, null);
    }

    /** Without retries. */
    public Forwarding(
            boolean exposeVersion,
            Duration requestTimeout,
            Duration idleTimeout,
            @Nullable String pathPrefix,
            @Nullable String host,
            HeaderEdits requestHeaders,
            HeaderEdits responseHeaders,
            @Nullable CustomMetrics customMetrics) {
        this(
                exposeVersion,
                requestTimeout,
                idleTimeout,
                pathPrefix,
                host,
                requestHeaders,
                responseHeaders,
                customMetrics,
                null);
    }

    /** Headers to set (in this order) and to remove. Names and values are valid HTTP field names and values. */
    public record HeaderEdits(Map<String, String> set, List<String> remove) {
        public static final HeaderEdits NONE = new HeaderEdits(Map.of(), List.of());
    }
}
