package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What led to a rollback, in lines for an operator: how bad, since when, who, why not otherwise. */
final class StoryLines {
    private static final DateTimeFormatter LOCAL_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());
    private static final int TITLE_WIDTH = 15;

    private final List<String> lines = new ArrayList<>();

    private StoryLines() {}

    /** Empty if there is no story. */
    static List<String> of(JsonNode story) {
        StoryLines written = new StoryLines();
        if (story.isObject()) {
            written.write(story);
        }
        return List.copyOf(written.lines);
    }

    /** In this machine's time zone, to the second. */
    static String localTime(String at) {
        try {
            return LOCAL_TIME.format(Instant.parse(at));
        } catch (DateTimeParseException e) {
            return at;
        }
    }

    private void write(JsonNode story) {
        JsonNode harm = story.path("harm");
        line("bad since", since(story, harm));
        line("harmed", harmed(harm));
        line(
                "failed",
                count(harm, "errors") + " of " + count(harm, "requests") + " canary requests, of stable's "
                        + count(harm, "stableErrors") + " of " + count(harm, "stableRequests") + "; "
                        + users(count(harm, "failedUsers")) + " saw a failure");
        String span = "last " + Nodes.text(story.path("overSeconds")) + " s: ";
        line("canary", span + figures(story.path("canary")));
        line("stable", span + figures(story.path("stable")));
        line("release", release(story.path("release")));
        line("answers", codes(story.path("codes")));
        line("most failures", contributors(Nodes.list(story, "contributors")));
        others(Nodes.list(story, "otherChecks"), true, "tripped too");
        others(Nodes.list(story, "otherChecks"), false, "not tripped");
    }

    private static String since(JsonNode story, JsonNode harm) {
        String at = ", taken back " + localTime(Nodes.text(story.path("at")));
        String seconds = Nodes.text(harm.path("seconds")) + " s";
        return story.path("since").isTextual()
                ? localTime(Nodes.text(story.path("since"))) + ", for " + seconds + at
                : "not to be seen in what was counted" + at + "; what follows is of the last " + seconds;
    }

    private static String harmed(JsonNode harm) {
        long requests = count(harm, "harmedRequests");
        return requests == 0
                ? "nobody by errors beyond stable's share"
                : "about " + Words.count(requests, "request") + " of about " + users(count(harm, "harmedUsers"))
                        + ": the errors beyond stable's share";
    }

    private static String figures(JsonNode version) {
        JsonNode latency = version.path("latencyMs");
        return Words.count(count(version, "requests"), "request") + ", " + count(version, "errors") + " failed ("
                + Words.percent(Nodes.number(version.path("errorRate"))) + "), p50 "
                + Words.millis(Nodes.number(latency.path("p50"))) + ", p95 "
                + Words.millis(Nodes.number(latency.path("p95"))) + ", p99 "
                + Words.millis(Nodes.number(latency.path("p99"))) + ", about " + users(count(version, "users"));
    }

    private static String release(JsonNode release) {
        return "since " + localTime(Nodes.text(release.path("since"))) + ": "
                + Words.count(count(release, "requests"), "canary request") + ", " + count(release, "errors")
                + " failed; about " + users(count(release, "users")) + " came, about " + count(release, "failedUsers")
                + " saw a failure";
    }

    private static String codes(JsonNode codes) {
        List<String> parts = new ArrayList<>();
        codes.properties()
                .forEach(code -> parts.add(code.getValue().asLong() + " "
                        + (code.getKey().equals("error") ? "without an answer" : Nodes.plain(code.getKey()))));
        return parts.isEmpty() ? "" : String.join(", ", parts) + ", until ratio 0 was in force";
    }

    private static String contributors(List<JsonNode> contributors) {
        List<String> parts = new ArrayList<>();
        for (JsonNode user : contributors) {
            parts.add("user " + Nodes.text(user.path("user")) + ": " + count(user, "failures") + " ("
                    + Words.percent(Nodes.number(user.path("share"))) + ")");
        }
        return String.join(", ", parts);
    }

    private void others(List<JsonNode> checks, boolean breached, String title) {
        String next = title;
        for (JsonNode check : checks) {
            String verdict = Nodes.text(check.path("verdict"));
            if (verdict.equals("breach") == breached) {
                line(next, Nodes.text(check.path("name")) + ", " + verdict + ": " + Nodes.text(check.path("why")));
                next = "";
            }
        }
    }

    private void line(String title, String text) {
        if (!text.isEmpty()) {
            lines.add("    " + title + " ".repeat(TITLE_WIDTH - title.length()) + text);
        }
    }

    private static long count(JsonNode node, String name) {
        return node.path(name).asLong();
    }

    private static String users(long number) {
        return Words.count(number, "user");
    }
}
