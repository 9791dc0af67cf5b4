package dev.halftone.server.proxy;

import java.util.List;
import java.util.Map;

/** All that forwarding sees of a response's head; which codec parsed it stays hidden behind this. Event loop only. */
interface ResponseHead {
    /** 100..599. */
    int status();

    String reasonPhrase();

    boolean isChunked();

    /** Declared length of the body, or -1 without Content-Length. */
    long contentLength();

    /** Whether the upstream keeps the connection for another request. */
    boolean isKeepAlive();

    boolean isWebSocketUpgrade();

    List<String> connectionValues();

    Iterable<Map.Entry<CharSequence, CharSequence>> fields();

    /** Whether this status never has a body (RFC 9110, 6.4.1). */
    default boolean isBodiless() {
        return status() < 200 || status() == 204 || status() == 304;
    }
}
