package dev.halftone.server.http1;

/** What is wrong with a message; the caller decides what is answered. */
public enum Fault {
    MALFORMED,
    START_LINE_TOO_LONG,
    HEADERS_TOO_LARGE,
    UNSUPPORTED_CODING,
    UNSUPPORTED_VERSION,
    UNSUPPORTED_EXPECTATION,
    METHOD_NOT_ALLOWED
}
