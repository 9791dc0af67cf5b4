package dev.halftone.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the proxy. */
@Command(
        sortOptions = false,
        description = {
            "Runs the proxy until SIGTERM or Ctrl-C. Prints one line when it is ready; the log goes to standard error.",
            "SIGHUP or a changed file reloads it; a bad file is refused whole and the running one stays."
        },
        footer = {
            "",
            "Examples:",
            "  halftone serve -c halftone.yaml",
            "  halftone serve -c halftone.yaml --drain-timeout 60"
        })
final class ServeCommand extends HelpOption implements Callable<Integer> {
    private final Launcher launcher;
    private final Terminal terminal;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "config/halftone.yaml",
            description = "The configuration (default: ${DEFAULT-VALUE}).")
    private Path config = Path.of("config/halftone.yaml");

    @Option(
            names = "--drain-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long requests under way may take after SIGTERM (default: ${DEFAULT-VALUE}).")
    private int drainTimeoutSeconds = 30;

    ServeCommand(Launcher launcher, Terminal terminal) {
        this.launcher = launcher;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        if (drainTimeoutSeconds < 0 || drainTimeoutSeconds > 3600) {
            throw CommandFailure.invalid("--drain-timeout: " + drainTimeoutSeconds + " (expected: 0..3600 seconds)");
        }
        return launcher.serve(config, Duration.ofSeconds(drainTimeoutSeconds), terminal.out());
    }
}
