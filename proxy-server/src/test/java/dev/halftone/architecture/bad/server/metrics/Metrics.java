package dev.halftone.architecture.bad.server.metrics;

/** Breaks a rule on purpose. */
final class Metrics {
    private Metrics() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
