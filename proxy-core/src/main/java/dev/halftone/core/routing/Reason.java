package dev.halftone.core.routing;

/** Why a request went where it went; the label is the metric's. */
public enum Reason {
    RATIO("ratio"),
    RULE("rule"),
    NO_KEY("noKey"),
    RESCUE("rescue");

    private final String label;

    Reason(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
