package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** Where a route stands after an operator's command, in one line. */
final class ChangeLine {
    private final Terminal terminal;

    ChangeLine(Terminal terminal) {
        this.terminal = terminal;
    }

    void print(AdminClient.Answer answer, boolean json) {
        JsonNode route = answer.json();
        terminal.out().println(json ? answer.text().strip() : line(route));
    }

    private String line(JsonNode route) {
        String reason = Nodes.text(route.path("reason"));
        return Nodes.text(route.path("route")) + ": release " + Nodes.text(route.path("release")) + " is "
                + terminal.paint().phase(Nodes.text(route.path("phase"))) + ", ratio " + Nodes.text(route.path("ratio"))
                + " %"
                + (reason.isEmpty() ? "" : " (" + reason + ")");
    }
}
