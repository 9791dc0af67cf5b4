package dev.halftone.server.cli;

import picocli.CommandLine.Option;

/** The options that every command has. */
abstract class HelpOption {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this text.")
    private boolean help;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "Colours: ${COMPLETION-CANDIDATES}; auto is on a terminal, unless NO_COLOR is set.")
    private Paint.When color = Paint.When.auto;

    /** Whether only the help was asked for. */
    final boolean helpAsked() {
        return help;
    }

    final Paint.When color() {
        return color;
    }
}
