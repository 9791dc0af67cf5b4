package dev.halftone.server.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Plays the main job on an embedded default. */
@Command(
        sortOptions = false,
        description = {
            "Shows the main job: two small built-in services, made-up users, a release that goes bad and is rolled back.",
            "Then it goes on running for you to try the other commands, until Ctrl-C."
        },
        footer = {"", "Examples:", "  halftone demo", "  halftone demo --once"})
final class DemoCommand extends HelpOption implements Callable<Integer> {
    private final Launcher launcher;
    private final Terminal terminal;

    @Option(
            names = "--once",
            description =
                    "Stop when the story is told; exit status 0 only if the rollback came and the numbers are right.")
    private boolean once;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "-1",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "The proxy's port on 127.0.0.1 (default: 8080 if it is free; any free one with --once).")
    private int port = -1;

    @Option(names = "--show-config", description = "Print the configuration that the demo runs on.")
    private boolean showConfig;

    DemoCommand(Launcher launcher, Terminal terminal) {
        this.launcher = launcher;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        if (port < -1 || port > 65535) {
            throw CommandFailure.invalid("--port: " + port + " (expected: 0..65535)");
        }
        int wanted = port == -1 && once ? 0 : port;
        return launcher.demo(new Launcher.DemoOptions(once, wanted, showConfig), terminal.out());
    }
}
