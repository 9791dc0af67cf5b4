package dev.halftone.server.proxy;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import org.jspecify.annotations.Nullable;

/**
 * Why an exchange failed. The one currency of failure in the data plane: whatever goes wrong becomes one of these, and
 * {@link ErrorResponder} alone turns it into a response.
 *
 * @param detail for the access log and the operator, never for the client; may name an endpoint
 */
record ProxyError(Kind kind, @Nullable String detail) {
    /** The fixed set of failures. */
    enum Kind {
        MALFORMED_REQUEST("malformedRequest", Outcome.CLIENT_FAULT),
        UNSUPPORTED_CODING("unsupportedCoding", Outcome.CLIENT_FAULT),
        UNSUPPORTED_VERSION("unsupportedVersion", Outcome.CLIENT_FAULT),
        UNSUPPORTED_EXPECTATION("unsupportedExpectation", Outcome.CLIENT_FAULT),
        METHOD_NOT_ALLOWED("methodNotAllowed", Outcome.CLIENT_FAULT),
        REQUEST_LINE_TOO_LONG("requestLineTooLong", Outcome.CLIENT_FAULT),
        HEADERS_TOO_LARGE("headersTooLarge", Outcome.CLIENT_FAULT),
        BODY_TOO_LARGE("bodyTooLarge", Outcome.CLIENT_FAULT),
        REQUEST_TIMEOUT("requestTimeout", Outcome.CLIENT_FAULT),
        CLIENT_LEFT("clientLeft", Outcome.CLIENT_FAULT),
        NO_ROUTE("noRoute", Outcome.CLIENT_FAULT),
        INTERNAL("internal", Outcome.CLIENT_FAULT),
        /** The proxy's own file descriptors are used up, which says nothing about an upstream. */
        PROXY_EXHAUSTED("proxyExhausted", Outcome.CLIENT_FAULT),
        /** A limit that the operator set was reached: no request was made, so none failed at the upstream. */
        POOL_EXHAUSTED("poolExhausted", Outcome.CLIENT_FAULT),
        CONNECT_REFUSED("connectRefused", Outcome.ERROR),
        CONNECT_TIMEOUT("connectTimeout", Outcome.ERROR),
        NAME_NOT_RESOLVED("nameNotResolved", Outcome.ERROR),
        RESET("reset", Outcome.ERROR),
        BAD_RESPONSE("badResponse", Outcome.ERROR),
        RESPONSE_TIMEOUT("responseTimeout", Outcome.ERROR);

        private final String label;
        private final Outcome outcome;

        Kind(String label, Outcome outcome) {
            this.label = label;
            this.outcome = outcome;
        }

        /** The cause as it stands in metrics and the access log. */
        String label() {
            return label;
        }

        /** As what it may be tried again, or null: not for this. */
        @Nullable
        Cause replayCause() {
            return switch (this) {
                case CONNECT_REFUSED, CONNECT_TIMEOUT, NAME_NOT_RESOLVED -> Cause.CONNECT_ERROR;
                case RESET -> Cause.RESET;
                case BAD_RESPONSE -> Cause.BAD_GATEWAY;
                case POOL_EXHAUSTED -> Cause.UNAVAILABLE;
                case RESPONSE_TIMEOUT -> Cause.TIMEOUT;
                default -> null;
            };
        }

        Outcome outcome() {
            return outcome;
        }

        /** Whether the upstream, not the client, is to blame. */
        boolean isUpstreams() {
            return outcome == Outcome.ERROR;
        }
    }

    static ProxyError of(Kind kind) {
        return new ProxyError(kind, null);
    }

    static ProxyError of(Kind kind, String detail) {
        return new ProxyError(kind, detail);
    }
}
