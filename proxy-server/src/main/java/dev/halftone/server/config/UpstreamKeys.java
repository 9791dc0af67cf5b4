package dev.halftone.server.config;

import dev.halftone.core.routing.Upstream.HealthCheck;
import dev.halftone.core.routing.Upstream.OutlierDetection;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of an upstream that say which of its endpoints serve. */
final class UpstreamKeys {
    private static final Duration LEAST_INTERVAL = Duration.ofMillis(100);
    private static final Duration LEAST_REFRESH = Duration.ofSeconds(1);

    private UpstreamKeys() {}

    static Key healthCheck() {
        Struct check = new Struct(
                "a mapping with path",
                List.of(
                        new Key("path", Scalars.PATH, null, "What is asked for; an answer of 200..399 is well."),
                        new Key("host", new OrNull(Scalars.AUTHORITY), "null", "The Host header; null: the endpoint."),
                        new Key(
                                "interval",
                                Scalars.DURATION_VALUE,
                                "5s",
                                "From one check of an endpoint to its next; 100ms at least."),
                        new Key("timeout", Scalars.DURATION_VALUE, "1s", "Longest time until the answer's head."),
                        new Key(
                                "unhealthyThreshold",
                                Scalars.integer(1, 1000),
                                "3",
                                "Failures in a row after which it gets no requests; the very first check alone decides."),
                        new Key(
                                "healthyThreshold",
                                Scalars.integer(1, 1000),
                                "2",
                                "Successes in a row after which it gets them again.")),
                UpstreamKeys::healthCheck);
        return new Key("healthCheck", new OrNull(check), "null", "Asks each endpoint how it is; null: off.");
    }

    private static @Nullable Object healthCheck(Values values) {
        Duration interval = values.get("interval", Duration.class, Duration.ofSeconds(5));
        Duration timeout = values.get("timeout", Duration.class, Duration.ofSeconds(1));
        if (interval.compareTo(LEAST_INTERVAL) < 0) {
            values.error("interval", values.shown("interval"), "100ms or more");
            return null;
        }
        if (timeout.isZero() || timeout.compareTo(interval) > 0) {
            String given = values.has("timeout") ? values.shown("timeout") : "1s unless it is given";
            values.error("timeout", given, "above 0, at most the interval");
            return null;
        }
        return new HealthCheck(
                values.get("path", String.class, "/"),
                values.get("host", String.class),
                interval,
                timeout,
                values.get("unhealthyThreshold", Integer.class, 3),
                values.get("healthyThreshold", Integer.class, 2));
    }

    static Key outlierDetection() {
        Struct detection = new Struct(
                "a mapping with consecutiveErrors, ejectionTime, maxEjectedPercent",
                List.of(
                        new Key(
                                "consecutiveErrors",
                                Scalars.integer(1, 100_000),
                                "5",
                                "Errors in a row (5xx, refused, reset, timed out, broken) after which it is ejected."),
                        new Key(
                                "ejectionTime",
                                Scalars.DURATION_VALUE,
                                "30s",
                                "How long it then gets no requests; n times as long the n-th time in a row, n up to 10."),
                        new Key(
                                "maxEjectedPercent",
                                Scalars.integer(1, 100),
                                "50",
                                "Share of the endpoints that may be ejected at once, rounded down.")),
                UpstreamKeys::outlierDetection);
        return new Key(
                "outlierDetection",
                new OrNull(detection),
                "null",
                "Takes an endpoint out for the errors of its requests; null: off.");
    }

    private static @Nullable Object outlierDetection(Values values) {
        Duration time = values.get("ejectionTime", Duration.class, Duration.ofSeconds(30));
        if (time.isZero()) {
            values.error("ejectionTime", values.shown("ejectionTime"), "above 0");
            return null;
        }
        return new OutlierDetection(
                values.get("consecutiveErrors", Integer.class, 5),
                time,
                values.get("maxEjectedPercent", Integer.class, 50));
    }

    static Key dnsRefresh() {
        return new Key(
                "dnsRefresh",
                Scalars.DURATION_VALUE,
                "30s",
                "How often names of endpoints are looked up again; 1s at least.");
    }

    static Duration dnsRefresh(Values values, Duration fallback) {
        Duration refresh = values.get("dnsRefresh", Duration.class, fallback);
        if (refresh.compareTo(LEAST_REFRESH) < 0) {
            values.error("dnsRefresh", values.shown("dnsRefresh"), "1s or more");
            return fallback;
        }
        return refresh;
    }

    static Key pendingTimeout() {
        return new Key(
                "pendingTimeout",
                Scalars.DURATION_VALUE,
                "timeouts.connect",
                "Longest wait for a connection; then 503, or 504 if one is just being opened.");
    }
}
