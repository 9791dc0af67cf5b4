package dev.halftone.server.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the completion script of the shell. */
@Command(
        description = {"Prints the completion script for bash, and for zsh after bashcompinit."},
        footer = {"", "Examples:", "  source <(halftone completion)"})
final class CompletionCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.out().print(AutoComplete.bash("halftone", spec.root().commandLine()));
        return 0;
    }
}
