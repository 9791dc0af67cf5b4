package dev.halftone.core.endpoint;

/** Whether an endpoint gets requests, and why not. */
public enum EndpointState {
    HEALTHY("healthy"),
    /** Health checks fail. */
    UNHEALTHY("unhealthy"),
    /** Its requests failed; it comes back by itself. */
    EJECTED("ejected");

    private final String label;

    EndpointState(String label) {
        this.label = label;
    }

    /** The word in metrics, API and logs. */
    public String label() {
        return label;
    }
}
