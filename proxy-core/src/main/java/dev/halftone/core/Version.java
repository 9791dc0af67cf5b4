package dev.halftone.core;

/** The two versions of one service. The labels are the contract's words, the same in YAML, API, metrics and logs. */
public enum Version {
    STABLE("stable"),
    CANARY("canary");

    private final String label;

    Version(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
