package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows where every route stands. */
@Command(
        sortOptions = false,
        description =
                "Shows where each release stands: phase, ratio, figures of both versions, and every check with its why.")
final class StatusCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(arity = "0..1", paramLabel = "ROUTE", description = "Only this route.")
    private @Nullable String route;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        AdminClient.Answer answer = admin.client().get(route == null ? "/routes" : AdminClient.routePath(route));
        if (admin.json()) {
            terminal.out().println(answer.text().strip());
            return 0;
        }
        JsonNode json = answer.json();
        List<JsonNode> routes = route == null ? Nodes.list(json, "routes") : List.of(json);
        new StatusTable(terminal).print(routes);
        return 0;
    }
}
