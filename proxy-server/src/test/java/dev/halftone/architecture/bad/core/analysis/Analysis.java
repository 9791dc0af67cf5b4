package dev.halftone.architecture.bad.core.analysis;

/** Breaks a rule on purpose. */
final class Analysis {
    private Analysis() {}

    static final Object SEEN = dev.halftone.core.rollout.Phase.IDLE;
}
