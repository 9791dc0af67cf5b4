package dev.halftone.server.cli;

import dev.halftone.server.config.ConfigSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the schema of the configuration. */
@Command(
        description = "Prints the JSON Schema of the configuration, for editors.",
        footer = {"", "Examples:", "  halftone schema >halftone.schema.json"})
final class SchemaCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    SchemaCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.out().println(ConfigSchema.json().strip());
        return 0;
    }
}
