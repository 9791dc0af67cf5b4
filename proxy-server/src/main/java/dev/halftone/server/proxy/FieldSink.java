package dev.halftone.server.proxy;

/** Takes header fields one by one. */
@FunctionalInterface
interface FieldSink {
    void field(CharSequence name, CharSequence value);
}
