package dev.halftone.architecture.bad.core.experiment;

/** Breaks a rule on purpose. */
final class Experiment {
    private Experiment() {}

    static final Object SEEN = dev.halftone.core.analysis.CheckResult.Verdict.HEALTHY;
}
