package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class StoryLinesTest {
    private static ObjectNode story() throws IOException {
        return (ObjectNode) new com.fasterxml.jackson.databind.ObjectMapper().readTree("""
                {"check": {"name": "too-many-errors"}, "at": "2026-11-25T03:12:09.251Z", "since": "2026-11-25T03:12:07.251Z",
                 "overSeconds": 2.0,
                 "stable": {"requests": 200, "errors": 10, "errorRate": 0.05, "users": 90,
                            "latencyMs": {"mean": 20, "p50": 20.04, "p90": 25, "p95": 28, "p99": 30}},
                 "canary": {"requests": 24, "errors": 16, "errorRate": 0.666667, "users": 1,
                            "latencyMs": {"mean": null, "p50": null, "p90": null, "p95": null, "p99": null}},
                 "harm": {"seconds": 2.0, "requests": 24, "errors": 16, "stableRequests": 200, "stableErrors": 10,
                          "harmedRequests": 15, "failedUsers": 4, "harmedUsers": 4},
                 "release": {"since": "2026-11-25T02:50:00Z", "requests": 624, "errors": 16, "users": 5, "failedUsers": 4},
                 "contributors": [{"user": "00000000abcd", "failures": 3, "share": 0.25}],
                 "codes": {"2xx": 608, "5xx": 13, "error": 3},
                 "otherChecks": [
                   {"name": "errors", "verdict": "breach", "why": "many"},
                   {"name": "latency", "verdict": "healthy", "why": "all \\u001b[31m well"},
                   {"name": "slow", "verdict": "insufficient", "why": "little was counted"}]}
                """);
    }

    @Test
    void of_story_tellsItInPlainLines() throws IOException {
        assertThat(StoryLines.of(story()))
                .containsExactly(
                        "    bad since      " + StoryLines.localTime("2026-11-25T03:12:07Z")
                                + ", for 2.0 s, taken back " + StoryLines.localTime("2026-11-25T03:12:09Z"),
                        "    harmed         about 15 requests of about 4 users: the errors beyond stable's share",
                        "    failed         16 of 24 canary requests, of stable's 10 of 200; 4 users saw a failure",
                        "    canary         last 2.0 s: 24 requests, 16 failed (66.67 %), p50 -, p95 -, p99 -, about 1 user",
                        "    stable         last 2.0 s: 200 requests, 10 failed (5 %), p50 20.0 ms, p95 28.0 ms,"
                                + " p99 30.0 ms, about 90 users",
                        "    release        since " + StoryLines.localTime("2026-11-25T02:50:00Z")
                                + ": 624 canary requests, 16 failed; about 5 users came, about 4 saw a failure",
                        "    answers        608 2xx, 13 5xx, 3 without an answer, until ratio 0 was in force",
                        "    most failures  user 00000000abcd: 3 (25 %)",
                        "    tripped too    errors, breach: many",
                        "    not tripped    latency, healthy: all ?[31m well",
                        "                   slow, insufficient: little was counted");
    }

    @Test
    void of_nothingBadSeen_saysSo() throws IOException {
        ObjectNode story = story().putNull("since");
        ((ObjectNode) story.get("harm")).put("harmedRequests", 0);

        assertThat(StoryLines.of(story))
                .contains(
                        "    bad since      not to be seen in what was counted, taken back "
                                + StoryLines.localTime("2026-11-25T03:12:09Z") + "; what follows is of the last 2.0 s",
                        "    harmed         nobody by errors beyond stable's share");
    }

    @Test
    void of_noStory_isNothing() {
        assertThat(StoryLines.of(NullNode.getInstance())).isEmpty();
    }
}
