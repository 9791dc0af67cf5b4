package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The routes as a table for people: two lines for a route's versions, then its checks and its reason. */
final class StatusTable {
    private static final List<String> HEAD =
            List.of("ROUTE", "RELEASE", "PHASE", "RATIO", "VERSION", "USERS", "REQUESTS", "ERRORS", "P50", "P99");
    private static final int PHASE = 2;
    private static final int FIRST_FIGURE = 5;

    private final Paint paint;
    private final List<String> lines = new ArrayList<>();

    private StatusTable(Paint paint) {
        this.paint = paint;
    }

    static List<String> of(List<JsonNode> routes, Paint paint) {
        StatusTable table = new StatusTable(paint);
        table.write(routes);
        return List.copyOf(table.lines);
    }

    private void write(List<JsonNode> routes) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (JsonNode route : routes) {
            rows.addAll(rows(route));
        }
        int[] widths = widths(rows);
        addRow(HEAD, widths);
        for (JsonNode route : routes) {
            rows(route).forEach(row -> addRow(row, widths));
            if (!isOver(route)) {
                addChecks(Nodes.list(route, "checks"));
            }
            addPlan(route);
            addInstances(route.path("instances"));
            addReason(route);
            lines.addAll(StoryLines.of(route.path("rollback")));
        }
    }

    /** Nobody is on the canary any more: what its checks would say now is no news, and reads as if all were well. */
    private static boolean isOver(JsonNode route) {
        String phase = Nodes.text(route.path("phase"));
        return phase.equals("rolledBack") || phase.equals("aborted");
    }

    private static List<List<String>> rows(JsonNode route) {
        String release = Nodes.text(route.path("release"));
        List<String> start = List.of(
                Nodes.text(route.path("route")),
                release.isEmpty() ? "-" : release,
                Nodes.text(route.path("phase")),
                release.isEmpty() ? "-" : Nodes.text(route.path("ratio")) + " %",
                "stable");
        List<String> stable = row(start, route.path("stable"));
        if (release.isEmpty()) {
            return List.of(stable);
        }
        return List.of(stable, row(List.of("", "", "", "", "canary"), route.path("canary")));
    }

    private static List<String> row(List<String> start, JsonNode version) {
        JsonNode latency = version.path("latencyMs");
        List<String> row = new ArrayList<>(start);
        row.add(version.path("users").asText("0"));
        row.add(version.path("requests").asText("0"));
        row.add(Words.percent(Nodes.number(version.path("errorRate"))));
        row.add(Words.millis(Nodes.number(latency.path("p50"))));
        row.add(Words.millis(Nodes.number(latency.path("p99"))));
        return row;
    }

    private static int[] widths(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return widths;
    }

    private void addRow(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row.get(i).length());
            line.append(i == 0 ? "" : "  ");
            String cell = i == PHASE ? paint.phase(row.get(i)) : row.get(i);
            line.append(i < FIRST_FIGURE ? cell + padding : padding + cell);
        }
        lines.add(line.toString().stripTrailing());
    }

    private void addChecks(List<JsonNode> checks) {
        int width = checks.stream()
                .mapToInt(check -> Nodes.text(check.path("name")).length())
                .max()
                .orElse(0);
        for (JsonNode check : checks) {
            String name = Nodes.text(check.path("name"));
            String verdict = Nodes.text(check.path("verdict"));
            lines.add("  " + name + " ".repeat(width - name.length()) + "  " + paint.verdict(verdict)
                    + " ".repeat(Math.max(0, "insufficient".length() - verdict.length())) + "  "
                    + Nodes.text(check.path("why")));
        }
    }

    private void addPlan(JsonNode route) {
        JsonNode plan = route.path("plan");
        if (!plan.isObject()) {
            return;
        }
        String steps = Nodes.text(plan.path("steps"));
        String waitsFor = Nodes.text(plan.path("waitsFor"));
        lines.add("  plan: step " + Nodes.text(route.path("step")) + (steps.isEmpty() ? "" : " of " + steps)
                + (waitsFor.isEmpty() ? "" : "; " + waitsFor));
    }

    /** Of a rolling release: which instance has what, and which one is out. */
    private void addInstances(JsonNode instances) {
        if (!instances.isObject()) {
            return;
        }
        String release = Nodes.text(instances.path("release"));
        List<String> each = new ArrayList<>();
        for (JsonNode one : Nodes.list(instances, "each")) {
            JsonNode turn = one.path("turn");
            String out = turn.path("out").asBoolean() ? ", out: " + Nodes.text(turn.path("stage")) : "";
            each.add(Nodes.text(one.path("instance"))
                    + (one.path("updated").asBoolean() ? " has " + release : " as before")
                    + out);
        }
        lines.add("  instances: " + String.join("; ", each));
    }

    private void addReason(JsonNode route) {
        String reason = Nodes.text(route.path("reason"));
        if (reason.isEmpty()) {
            return;
        }
        String line = "  " + Nodes.text(route.path("phase")) + ": " + reason;
        boolean stopped = Nodes.text(route.path("phase")).equals("rolledBack");
        lines.add(stopped ? paint.bad(line) : line);
    }
}
