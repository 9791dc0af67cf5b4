package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what is running. */
@Command(
        sortOptions = false,
        description = "Prints the version of Halftone and of Java.",
        footer = {"", "Examples:", "  halftone version", "  halftone version --json"})
final class VersionCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private JsonOption json = new JsonOption();

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String java = System.getProperty("java.version");
        String vendor = System.getProperty("java.vendor");
        if (json.isOn()) {
            JsonOption.print(
                    terminal,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("version", ProductVersion.text())
                            .put("javaVersion", java)
                            .put("javaVendor", vendor));
        } else {
            terminal.out().println("halftone " + ProductVersion.text() + " (Java " + java + ", " + vendor + ")");
        }
        return 0;
    }
}
