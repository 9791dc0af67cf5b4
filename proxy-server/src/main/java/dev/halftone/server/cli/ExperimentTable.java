package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report of an A/B test for people. One thread. */
final class ExperimentTable {
    private static final List<String> HEAD =
            List.of("VARIANT", "SHARE", "USERS", "REPORTS", "HITS", "MEAN", "LIFT", "INTERVAL", "VERDICT");

    private final Terminal terminal;

    ExperimentTable(Terminal terminal) {
        this.terminal = terminal;
    }

    void print(JsonNode report) {
        JsonNode goal = report.path("goal");
        line(Nodes.text(report.path("route")) + " " + Nodes.text(report.path("release")) + ": A/B test by "
                + Nodes.text(goal.path("metric")) + ", better is " + Nodes.text(goal.path("direction")) + ", "
                + Nodes.text(report.path("phase")));
        String ends = Nodes.text(report.path("ends"));
        line("  began " + StoryLines.localTime(Nodes.text(report.path("started")))
                + (ends.isEmpty() ? "" : ", ends " + StoryLines.localTime(ends) + " at the latest"));
        line("  " + Nodes.text(report.path("reason")));
        split(report.path("split"));
        table(Nodes.list(report, "variants"));
        line("  intervals hold at all times together with " + Words.percent(Nodes.number(goal.path("confidence")))
                + " confidence");
        String winner = Nodes.text(report.path("winner"));
        if (!winner.isEmpty()) {
            line(terminal.good("  winner: " + winner));
        }
    }

    private void line(String text) {
        terminal.out().println(text);
    }

    private void split(JsonNode split) {
        boolean isWrong = !split.path("ok").asBoolean(true);
        line(
                isWrong
                        ? terminal.bad("  ALARM, do not trust these figures: the split of users is wrong: "
                                + Nodes.text(split.path("why")))
                        : "  the split of users is as it should be");
    }

    private void table(List<JsonNode> variants) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        variants.forEach(variant -> rows.add(row(variant)));
        TextTable.lines(rows, column -> column > 0 && column < HEAD.size() - 1).forEach(row -> line("  " + row));
    }

    private static List<String> row(JsonNode variant) {
        double low = Nodes.number(variant.path("low"));
        double high = Nodes.number(variant.path("high"));
        return List.of(
                Nodes.text(variant.path("name")),
                Words.plain(Nodes.number(variant.path("share"))) + " %",
                Nodes.text(variant.path("users")),
                Nodes.text(variant.path("trials")),
                Nodes.text(variant.path("hits")),
                Words.percent(Nodes.number(variant.path("mean"))),
                signed(Nodes.number(variant.path("lift"))),
                Double.isFinite(low) ? signed(low) + " .. " + signed(high) : "-",
                Nodes.text(variant.path("verdict")));
    }

    private static String signed(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%+.2f %%", share * 100) : "-";
    }
}
