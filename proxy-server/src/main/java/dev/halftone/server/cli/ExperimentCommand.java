package dev.halftone.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what an A/B test has found. */
@Command(
        sortOptions = false,
        description =
                "Shows an A/B test: users, goal and lift of each variant with its interval, and whether the split is right.",
        footer = {"", "Examples:", "  halftone experiment shop", "  halftone experiment shop --json"})
final class ExperimentCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "ROUTE", description = "The route's name.")
    private String route = "";

    @Mixin
    private AdminOptions admin = new AdminOptions();

    ExperimentCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        AdminClient.Answer answer = admin.client().get(AdminClient.routePath(route, "experiment"));
        if (!answer.json().path("goal").isObject()) {
            throw CommandFailure.failed(
                    "route " + route + " has no A/B test (expected: strategy: abTest in its canary)");
        }
        if (admin.json()) {
            terminal.out().println(answer.text().strip());
        } else {
            new ExperimentTable(terminal).print(answer.json());
        }
        return 0;
    }
}
