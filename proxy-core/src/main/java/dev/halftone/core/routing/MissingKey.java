package dev.halftone.core.routing;

/** What happens to a request without a user key. */
public enum MissingKey {
    /** To stable, left out of the analysis. */
    STABLE("stable"),
    /** Drawn anew for each request, by the ratio, left out of the analysis. */
    RANDOM("random"),
    /**
     * Drawn anew for each request, by the ratio, and analysed as if each came from a user of its own: for services whose clients are
     * not told apart. No cap on users protects the verdict then.
     */
    EACH_REQUEST("eachRequest"),
    /** The client's address is the user key. */
    CLIENT_IP("clientIp"),
    /** The response carries a cookie with an identifier, which is the user key from then on. */
    ASSIGN_COOKIE("assignCookie");

    private final String label;

    MissingKey(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
