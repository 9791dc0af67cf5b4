package dev.halftone.architecture.bad.server.tracing;

/** Breaks a rule on purpose. */
final class Traces {
    private Traces() {}

    static final Class<?> SEEN = dev.halftone.server.control.ControlLoop.class;
}
