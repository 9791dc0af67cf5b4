package dev.halftone.server.cli;

import picocli.CommandLine.Option;

/** The option that every command has. */
abstract class HelpOption {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this text.")
    private boolean help;

    /** Whether only the help was asked for. */
    final boolean helpAsked() {
        return help;
    }
}
