package dev.halftone.architecture.bad.server.proxy;

/** Breaks a rule on purpose. */
final class Proxy {
    private Proxy() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
