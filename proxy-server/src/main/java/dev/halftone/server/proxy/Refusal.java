package dev.halftone.server.proxy;

/** Why a client's connection is not accepted. */
enum Refusal {
    LIMIT("limit"),
    PER_CLIENT("perClient"),
    /** Accepting failed; the connection waits in the kernel's queue until descriptors are free again. */
    FILE_DESCRIPTORS("fileDescriptors");

    private final String label;

    Refusal(String label) {
        this.label = label;
    }

    /** As it stands in metrics. */
    String label() {
        return label;
    }
}
