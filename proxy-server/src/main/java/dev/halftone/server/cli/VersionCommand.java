package dev.halftone.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints what is running. */
@Command(description = "Prints the version of Halftone and of Java.")
final class VersionCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.out()
                .println("halftone " + ProductVersion.text() + " (Java " + System.getProperty("java.version") + ", "
                        + System.getProperty("java.vendor") + ")");
        return 0;
    }
}
