package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** For a log or a pipe: a line for a route when it is first seen, and whenever it stands elsewhere than before. */
final class LinesView implements WatchView {
    private final Terminal terminal;
    private final Function<AdminClient.Answer, List<JsonNode>> routes;
    private Map<String, String> shown = new HashMap<>();
    private boolean lost;

    LinesView(Terminal terminal, Function<AdminClient.Answer, List<JsonNode>> routes) {
        this.terminal = terminal;
        this.routes = routes;
    }

    @Override
    public void show(AdminClient.Answer answer, Instant now) {
        String at = StoryLines.localTime(now.toString());
        if (lost) {
            lost = false;
            terminal.out().println(at + "  connected again");
        }
        Map<String, String> standing = new LinkedHashMap<>();
        for (JsonNode route : routes.apply(answer)) {
            String name = Nodes.text(route.path("route"));
            String where = where(route);
            standing.put(name, where);
            if (!where.equals(shown.get(name))) {
                terminal.out().println(at + "  " + name + " " + where);
            }
        }
        shown.keySet().stream()
                .filter(name -> !standing.containsKey(name))
                .forEach(name -> terminal.out().println(at + "  " + name + " is gone"));
        shown = standing;
    }

    private String where(JsonNode route) {
        StringBuilder line = new StringBuilder(Nodes.text(route.path("release")))
                .append("  ")
                .append(terminal.paint().phase(Nodes.text(route.path("phase"))))
                .append("  ")
                .append(Nodes.text(route.path("ratio")))
                .append(" %");
        if (route.path("plan").isObject()) {
            line.append("  step ").append(Nodes.text(route.path("step")));
        }
        for (JsonNode check : Nodes.list(route, "checks")) {
            line.append("  ").append(Nodes.text(check.path("name"))).append(' ');
            line.append(terminal.paint().verdict(Nodes.text(check.path("verdict"))));
        }
        String reason = Nodes.text(route.path("reason"));
        return (reason.isEmpty() ? line : line.append("  ").append(reason)).toString();
    }

    @Override
    public void lost(String problem, Instant since) {
        lost = true;
        terminal.out()
                .println(StoryLines.localTime(since.toString()) + "  " + terminal.bad("connection lost, retrying")
                        + ": " + problem);
    }

    @Override
    public boolean isUnread() {
        return terminal.out().checkError();
    }

    @Override
    public void close() {
        terminal.out().flush();
    }
}
