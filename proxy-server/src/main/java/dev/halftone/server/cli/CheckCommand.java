package dev.halftone.server.cli;

import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Problem;
import dev.halftone.server.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Validates a configuration file. */
@Command(
        sortOptions = false,
        description = "Validates a configuration: prints every problem at once, as file:line:column: path: problem.")
final class CheckCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ConfigOption config = new ConfigOption();

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Result.Loaded loaded = config.load();
        for (Problem warning : loaded.warnings()) {
            terminal.err().println("warning: " + warning);
        }
        Settings settings = loaded.settings();
        terminal.out()
                .println(config.file() + ": ok ("
                        + Words.count(settings.listeners().size(), "listener") + ", "
                        + Words.count(settings.upstreams().size(), "upstream") + ", "
                        + Words.count(settings.routes().size(), "route") + ")");
        return 0;
    }
}
