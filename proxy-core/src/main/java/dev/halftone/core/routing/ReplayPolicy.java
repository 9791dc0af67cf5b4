package dev.halftone.core.routing;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a request that an upstream failed is sent again: to the same upstream as a retry, or to stable as a rescue. Whether that
 * is safe is not asked here: only what was not answered and may be sent twice ever is.
 *
 * @param attempts how often at most for one request, 1 or more
 * @param on what must have happened
 * @param methods in capitals, idempotent ones
 * @param budgetPercent replays for each hundred requests of the route, 0..100
 */
public record ReplayPolicy(int attempts, Set<Cause> on, List<String> methods, int budgetPercent) {
    /** What happened to the request. */
    public enum Cause {
        /** No connection could be opened. */
        CONNECT_ERROR("connectError"),
        /** The connection ended before its answer began. */
        RESET("reset"),
        /** Answered so, or with what is no HTTP. */
        BAD_GATEWAY("502"),
        /** Answered so, or the upstream's limits on connections and waiting requests were reached. */
        UNAVAILABLE("503"),
        /** Answered so, or silent for too long. */
        TIMEOUT("504");

        private final String label;

        Cause(String label) {
            this.label = label;
        }

        /** As it stands in the configuration. */
        public String label() {
            return label;
        }

        /** The cause that an answer with this status is, or null. */
        public static @Nullable Cause ofStatus(int status) {
            return switch (status) {
                case 502 -> BAD_GATEWAY;
                case 503 -> UNAVAILABLE;
                case 504 -> TIMEOUT;
                default -> null;
            };
        }
    }

    /** Methods whose requests may be sent twice (RFC 9110, 9.2.2); PUT and DELETE only without a body. */
    public static final List<String> IDEMPOTENT = List.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    public ReplayPolicy {
        on = Set.copyOf(on);
        methods = List.copyOf(methods);
        if (attempts < 1 || budgetPercent < 0 || budgetPercent > 100 || !IDEMPOTENT.containsAll(methods)) {
            throw new IllegalArgumentException("attempts " + attempts + ", budget " + budgetPercent + ", methods "
                    + methods + " (expected: 1 or more, 0..100, idempotent ones)");
        }
    }

    /** Whether this is a case for it. */
    public boolean covers(Cause cause, CharSequence method) {
        if (!on.contains(cause)) {
            return false;
        }
        for (String each : methods) {
            if (each.contentEquals(method)) {
                return true;
            }
        }
        return false;
    }
}
