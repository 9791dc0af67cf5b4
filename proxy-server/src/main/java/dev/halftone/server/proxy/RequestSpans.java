package dev.halftone.server.proxy;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.tracing.RequestSpan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes the spans of sampled requests; only these pay for it. Event loop only, while the head is the request's. */
final class RequestSpans {
    /** Of texts that come from the client. */
    private static final int MOST_CHARS = 512;

    private RequestSpans() {}

    /**
     * The span of a request that ends now.
     *
     * @param sent how often the request was sent
     */
    static RequestSpan of(
            RequestHead head,
            TraceContext trace,
            Choice choice,
            long durationNanos,
            int status,
            String endpoint,
            int sent,
            @Nullable ProxyError error) {
        Instant now = Instant.now();
        Gray gray = choice.route().gray();
        return new RequestSpan(
                trace.high(),
                trace.low(),
                trace.span(),
                trace.parent(),
                now.getEpochSecond() * 1_000_000_000L + now.getNano(),
                durationNanos,
                cut(head.method(), MOST_CHARS),
                cut(head.authority(), MOST_CHARS),
                path(head.target()),
                head.isHttp10() ? "1.0" : "1.1",
                choice.route().name(),
                choice.version().label(),
                gray == null ? null : gray.release(),
                choice.reason().label(),
                choice.rule(),
                choice.upstream().name(),
                endpoint,
                status,
                error == null ? null : error.kind().label(),
                error == null ? status >= 500 : error.kind().outcome() == Outcome.ERROR,
                sent);
    }

    private static String path(CharSequence target) {
        int end = 0;
        while (end < target.length() && target.charAt(end) != '?') {
            end++;
        }
        return cut(target, Math.min(end, MOST_CHARS));
    }

    private static String cut(CharSequence text, int most) {
        return text.subSequence(0, Math.min(text.length(), most)).toString();
    }
}
