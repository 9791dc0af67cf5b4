package dev.halftone.architecture.bad.server.control;

/** Breaks a rule on purpose. */
final class Control {
    private Control() {}

    static final Class<?> SEEN = dev.halftone.server.proxy.ProxyServer.class;
}
