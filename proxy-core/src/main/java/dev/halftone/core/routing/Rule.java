package dev.halftone.core.routing;

/**
 * A rule that is looked at before the ratio.
 *
 * @param sendTo where a match goes: by the ratio, or to one version whatever the ratio is
 * @param analyzed whether outcomes of requests that this rule sent to one version count for the checks; those that it
 *     sends by the ratio always do
 */
public record Rule(String name, RequestMatch when, SendTo sendTo, boolean analyzed) {
    /** Where a rule sends what it matches. */
    public enum SendTo {
        RATIO("ratio"),
        CANARY("canary"),
        STABLE("stable");

        private final String label;

        SendTo(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
