package dev.halftone.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the manual page. */
@Command(
        description = "Prints the manual page, for man(1).",
        footer = {"", "Examples:", "  halftone man | man -l -"})
final class ManualCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    ManualCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.out().print(new ManualPage().of(spec.root()));
        return 0;
    }
}
