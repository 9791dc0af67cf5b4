package dev.halftone.server.tracing;

import org.jspecify.annotations.Nullable;

/**
 * One sampled request, from its head to the end of its answer. Texts that come from the client are cut by who makes it.
 *
 * @param traceHigh the trace's identifier, upper half
 * @param traceLow its lower half
 * @param span this span's identifier, not 0
 * @param parent the caller's span; 0: the trace begins here
 * @param endEpochNanos when it ended
 * @param method as sent
 * @param path without query
 * @param protocol 1.0 or 1.1
 * @param rule the rule that chose the version, or null
 * @param release what is released on the route, or null
 * @param endpoint where the request went last; empty: nowhere
 * @param status what the client got
 * @param error what went wrong, as in the access log, or null
 * @param failed whether the error is the service's or the proxy's, not the client's
 * @param attempts how often the request was sent or was to be sent, from 1
 */
public record RequestSpan(
        long traceHigh,
        long traceLow,
        long span,
        long parent,
        long endEpochNanos,
        long durationNanos,
        String method,
        String host,
        String path,
        String protocol,
        String route,
        String version,
        @Nullable String release,
        String reason,
        @Nullable String rule,
        String upstream,
        String endpoint,
        int status,
        @Nullable String error,
        boolean failed,
        int attempts) {

    /** 32 hexadecimal digits. */
    public String traceId() {
        return hex(traceHigh) + hex(traceLow);
    }

    /** 16 hexadecimal digits. */
    public String spanId() {
        return hex(span);
    }

    static String hex(long bits) {
        return java.util.HexFormat.of().toHexDigits(bits);
    }

    /** Whether it is one of those that the histogram of durations counts with the same duration. */
    boolean isPlainAnswer() {
        return error == null && attempts == 1;
    }
}
