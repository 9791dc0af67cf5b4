package dev.halftone.core.rollout;

/** Where a release stands; the labels are the contract's. */
public enum Phase {
    IDLE("idle"),
    PROGRESSING("progressing"),
    PAUSED("paused"),
    PROMOTED("promoted"),
    ROLLED_BACK("rolledBack"),
    ABORTED("aborted");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
