package dev.halftone.server.cli;

import picocli.CommandLine.Option;

/** Why an operator does what they do; it goes into the audit trail. */
final class ReasonOption {
    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "Why, for the history.")
    private String reason = "";

    String text() {
        return reason;
    }
}
