package dev.halftone.architecture.bad.server.notify;

/** Breaks a rule on purpose. */
final class Notify {
    private Notify() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
