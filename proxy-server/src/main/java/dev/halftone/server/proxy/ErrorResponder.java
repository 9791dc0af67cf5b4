package dev.halftone.server.proxy;

import dev.halftone.server.http1.HeadBuffer;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Turns a {@link ProxyError} into the response that the client gets. The only place that knows which status an error is. */
final class ErrorResponder {
    private ErrorResponder() {}

    static int status(ProxyError.Kind kind) {
        return switch (kind) {
            case MALFORMED_REQUEST -> 400;
            case NO_ROUTE -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case REQUEST_TIMEOUT -> 408;
            case BODY_TOO_LARGE -> 413;
            case REQUEST_LINE_TOO_LONG -> 414;
            case UNSUPPORTED_EXPECTATION -> 417;
            case HEADERS_TOO_LARGE -> 431;
            case CLIENT_LEFT -> 499;
            case INTERNAL -> 500;
            case UNSUPPORTED_CODING -> 501;
            case CONNECT_REFUSED, RESET, BAD_RESPONSE, NAME_NOT_RESOLVED -> 502;
            case POOL_EXHAUSTED, PROXY_EXHAUSTED -> 503;
            case CONNECT_TIMEOUT, RESPONSE_TIMEOUT -> 504;
            case UNSUPPORTED_VERSION -> 505;
        };
    }

    /** One short sentence that tells the client nothing about what is behind the proxy. */
    static String sentence(ProxyError.Kind kind) {
        return switch (kind) {
            case MALFORMED_REQUEST -> "the request is malformed";
            case NO_ROUTE -> "no route matches this request";
            case METHOD_NOT_ALLOWED -> "this method is not allowed here";
            case REQUEST_TIMEOUT -> "the request did not arrive in time";
            case BODY_TOO_LARGE -> "the request body is too large";
            case REQUEST_LINE_TOO_LONG -> "the request line is too long";
            case UNSUPPORTED_EXPECTATION -> "the only expectation understood is 100-continue";
            case HEADERS_TOO_LARGE -> "the request headers are too large or too many";
            case CLIENT_LEFT -> "the client left";
            case INTERNAL -> "the proxy failed";
            case UNSUPPORTED_CODING -> "the transfer coding is not supported";
            case CONNECT_REFUSED, NAME_NOT_RESOLVED -> "the service cannot be reached";
            case RESET, BAD_RESPONSE -> "the service gave no usable answer";
            case POOL_EXHAUSTED -> "the service is busy";
            case PROXY_EXHAUSTED -> "the proxy is busy";
            case CONNECT_TIMEOUT, RESPONSE_TIMEOUT -> "the service did not answer in time";
            case UNSUPPORTED_VERSION -> "only HTTP/1.1 and HTTP/1.0 are spoken here";
        };
    }

    /**
     * Writes the whole response.
     *
     * @param requestId shown so that a user's report can be found in the access log; empty if there is none
     * @param accept the request's Accept header, or empty
     * @param connection the value of Connection, or null for none
     * @param headOnly whether the request was HEAD
     */
    static void write(
            ProxyError.Kind kind,
            String requestId,
            CharSequence accept,
            @Nullable String connection,
            boolean headOnly,
            HeadBuffer out) {
        HttpResponseStatus status = HttpResponseStatus.valueOf(status(kind));
        boolean json = contains(accept, "application/problem+json") || contains(accept, "application/json");
        String id = requestId.isEmpty() ? "" : json ? ",\"requestId\":\"" + requestId + "\"" : "\nrequest " + requestId;
        String body = json
                ? "{\"type\":\"about:blank\",\"title\":\"" + status.reasonPhrase() + "\",\"status\":" + status.code()
                        + ",\"detail\":\"" + sentence(kind) + "\"" + id + "}\n"
                : status.code() + " " + status.reasonPhrase() + ": " + sentence(kind) + id + "\n";
        out.clear()
                .put("HTTP/1.1 " + status.code() + " " + status.reasonPhrase())
                .end();
        out.field("Content-Type", json ? "application/problem+json" : "text/plain; charset=us-ascii");
        out.field("Content-Length", Integer.toString(body.length()));
        out.field("Cache-Control", "no-store");
        if (kind == ProxyError.Kind.METHOD_NOT_ALLOWED) {
            out.field("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
        }
        if (kind == ProxyError.Kind.POOL_EXHAUSTED || kind == ProxyError.Kind.PROXY_EXHAUSTED) {
            out.field("Retry-After", "1");
        }
        if (connection != null) {
            out.field("Connection", connection);
        }
        out.end();
        if (!headOnly) {
            out.put(body);
        }
    }

    private static boolean contains(CharSequence accept, String type) {
        return accept.length() > 0 && AsciiString.containsIgnoreCase(accept, type);
    }

    /** For logs: the bytes of an untrusted text as visible ASCII, cut at a length. */
    static String visible(CharSequence text, int most) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), most));
        for (int i = 0; i < text.length() && out.length() < most; i++) {
            char c = text.charAt(i);
            out.append(c > ' ' && c < 0x7f ? c : '?');
        }
        return out.toString();
    }
}
