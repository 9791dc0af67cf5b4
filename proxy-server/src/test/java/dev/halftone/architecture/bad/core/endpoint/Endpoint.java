package dev.halftone.architecture.bad.core.endpoint;

/** Breaks a rule on purpose. */
final class Endpoint {
    private Endpoint() {}

    static final Object SEEN = dev.halftone.core.rollout.Phase.IDLE;
}
