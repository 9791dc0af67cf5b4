package dev.halftone.architecture.bad.core.routing;

/** Breaks a rule on purpose. */
final class Routing {
    private Routing() {}

    static final Object SEEN = dev.halftone.core.rollout.Phase.IDLE;
}
