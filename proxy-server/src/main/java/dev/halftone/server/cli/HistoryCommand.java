package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the audit trail. */
@Command(
        sortOptions = false,
        description = "Shows what happened, oldest first: who did what, when, from what to what, and why.",
        footer = {"", "Examples:", "  halftone history", "  halftone history shop --limit 10 --json"})
final class HistoryCommand extends HelpOption implements Callable<Integer> {
    private static final int MAX_LIMIT = 1000;

    private final Terminal terminal;

    @Parameters(arity = "0..1", paramLabel = "ROUTE", description = "Only this route.")
    private @Nullable String route;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many of the newest events, 1..1000 (default: ${DEFAULT-VALUE}).")
    private int limit = 50;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    HistoryCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw CommandFailure.invalid("--limit: " + limit + " (expected: 1..1000)");
        }
        String filter = route == null ? "" : "&route=" + AdminClient.encode(route);
        AdminClient.Answer answer = admin.client().get("/events?limit=" + limit + filter);
        if (admin.json()) {
            terminal.out().println(answer.text().strip());
            return 0;
        }
        for (JsonNode event : Nodes.list(answer.json(), "events")) {
            terminal.out().println(line(event));
            StoryLines.of(event.path("rollback")).forEach(terminal.out()::println);
        }
        return 0;
    }

    private static String line(JsonNode event) {
        String from = Nodes.text(event.path("from"));
        String to = Nodes.text(event.path("to"));
        String reason = Nodes.text(event.path("reason"));
        return StoryLines.localTime(Nodes.text(event.path("time"))) + "  " + Nodes.text(event.path("route")) + " "
                + Nodes.text(event.path("release")) + "  " + Nodes.text(event.path("action"))
                + (from.equals(to) ? "  " + to : "  " + from + " -> " + to) + "  by "
                + Nodes.text(event.path("actor"))
                + (reason.isEmpty() ? "" : ": " + reason);
    }
}
