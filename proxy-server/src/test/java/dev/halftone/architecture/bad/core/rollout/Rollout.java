package dev.halftone.architecture.bad.core.rollout;

/** Breaks a rule on purpose. */
final class Rollout {
    private Rollout() {}

    static final Object SEEN = dev.halftone.core.routing.Reason.RATIO;
}
