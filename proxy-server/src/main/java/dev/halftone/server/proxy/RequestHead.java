package dev.halftone.server.proxy;

import dev.halftone.core.routing.RequestView;

/**
 * All that routing and forwarding see of a request's head; which codec parsed it stays hidden behind this. Texts are byte
 * strings. Event loop only.
 */
interface RequestHead extends RequestView {
    /** Path and query as sent, in origin form. */
    CharSequence target();

    /** The value of Host as sent. */
    CharSequence authority();

    boolean isHttp10();

    /** Whether the client keeps the connection for another request. */
    boolean isKeepAlive();

    boolean isHead();

    /** Whether sending it twice does no harm (RFC 9110, 9.2.2). */
    boolean isIdempotent();

    boolean isChunked();

    /** Declared length of the body, or -1 without Content-Length. */
    long contentLength();

    /** Whether a body follows: chunked, or a length above 0. */
    default boolean hasBody() {
        return isChunked() || contentLength() > 0;
    }

    boolean isWebSocketUpgrade();

    boolean acceptsTrailers();

    /** Calls back for every field, in the order received. */
    void forEachField(FieldSink sink);
}
