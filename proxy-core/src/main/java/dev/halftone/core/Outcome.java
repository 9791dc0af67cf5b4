package dev.halftone.core;

/** What one proxied request came to, as the checks see it. */
public enum Outcome {
    SUCCESS,
    /** The upstream's fault: 5xx, refused, reset, timed out, broken response. */
    ERROR,
    /** The client's own fault: 4xx, or it left before the end. Counts as no error. */
    CLIENT_FAULT
}
