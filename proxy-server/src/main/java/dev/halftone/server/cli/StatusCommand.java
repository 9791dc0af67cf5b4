package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows where every route stands. */
@Command(
        sortOptions = false,
        description =
                "Shows where each release stands: phase, ratio, figures of both versions, and every check with its why.",
        footer = {"", "Examples:", "  halftone status", "  halftone status shop --json", "  halftone status --watch"})
final class StatusCommand extends HelpOption implements Callable<Integer> {
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(3);

    private final Terminal terminal;

    @Parameters(arity = "0..1", paramLabel = "ROUTE", description = "Only this route.")
    private @Nullable String route;

    @Option(
            names = {"-w", "--watch"},
            description = "Go on until Ctrl-C: on a terminal in place, each second; else a line for each change of"
                    + " release, phase, ratio, step or verdict; with --json the answer in a line, whenever it differs.")
    private boolean watch;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (watch) {
            return watch();
        }
        AdminClient.Answer answer = look(admin.client());
        if (admin.json()) {
            terminal.out().println(answer.text().strip());
        } else {
            StatusTable.of(routes(answer), terminal.paint()).forEach(terminal.out()::println);
        }
        return 0;
    }

    private int watch() throws CommandFailure {
        AdminClient client = admin.client(LOOK_TIMEOUT);
        WatchView view = admin.json()
                ? new JsonView(terminal)
                : terminal.isScreen()
                        ? ScreenView.open(terminal, admin.address(), this::routes)
                        : new LinesView(terminal, this::routes);
        try (view) {
            new StatusWatch(() -> look(client), view).run();
        }
        return 0;
    }

    private AdminClient.Answer look(AdminClient client) throws CommandFailure {
        return client.get(route == null ? "/routes" : AdminClient.routePath(route));
    }

    private List<JsonNode> routes(AdminClient.Answer answer) {
        return route == null ? Nodes.list(answer.json(), "routes") : List.of(answer.json());
    }
}
