package dev.halftone.architecture.bad.server.store;

/** Breaks a rule on purpose. */
final class Store {
    private Store() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
