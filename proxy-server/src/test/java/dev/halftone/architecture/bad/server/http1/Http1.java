package dev.halftone.architecture.bad.server.http1;

/** Breaks a rule on purpose. */
final class Http1 {
    private Http1() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
