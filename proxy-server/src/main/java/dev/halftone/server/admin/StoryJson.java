package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.analysis.RollbackStory.Figures;
import dev.halftone.core.analysis.RollbackStory.Harm;
import dev.halftone.core.analysis.RollbackStory.Judged;
import dev.halftone.core.analysis.RollbackStory.Release;
import dev.halftone.core.rollout.RolloutState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A rollback's story, and a version's figures, as the API shows them. Numbers that do not exist are null. Any thread. */
final class StoryJson {
    private StoryJson() {}

    /** Of the release that a route stands at; null if it was not rolled back. */
    static JsonNode of(@Nullable RolloutState state) {
        RolloutState.Latch latch = state == null ? null : state.latchOf(state.release());
        return story(latch == null ? null : latch.story());
    }

    static JsonNode story(@Nullable RollbackStory story) {
        if (story == null) {
            return NullNode.getInstance();
        }
        ObjectNode node = RouteJson.JSON.createObjectNode();
        Judged check = story.check();
        node.set("check", check == null ? NullNode.getInstance() : check(check));
        node.put("at", time(story.atMillis()));
        Long since = story.sinceMillis();
        node.put("since", since == null ? null : time(since));
        node.put("summary", story.summary());
        node.put("overSeconds", story.overSeconds());
        node.set("stable", figures(story.stable()));
        node.set("canary", figures(story.canary()));
        harm(story.harm(), node.putObject("harm"));
        release(story.release(), node.putObject("release"));
        ArrayNode contributors = node.putArray("contributors");
        for (RollbackStory.Contributor user : story.contributors()) {
            contributors
                    .addObject()
                    .put("user", user.user())
                    .put("failures", user.failures())
                    .put("share", orNull(user.share()));
        }
        ObjectNode codes = node.putObject("codes");
        story.codes().forEach(codes::put);
        ArrayNode others = node.putArray("otherChecks");
        story.otherChecks().forEach(other -> others.add(check(other)));
        return node;
    }

    private static ObjectNode check(Judged check) {
        return RouteJson.JSON
                .createObjectNode()
                .put("name", check.check())
                .put("metric", check.metric())
                .put("detector", check.detector())
                .put("verdict", check.verdict())
                .put("value", orNull(check.value()))
                .put("limit", orNull(check.limit()))
                .put("samples", check.samples())
                .put("why", check.why());
    }

    private static void harm(Harm harm, ObjectNode node) {
        node.put("seconds", harm.seconds())
                .put("requests", harm.requests())
                .put("errors", harm.errors())
                .put("stableRequests", harm.stableRequests())
                .put("stableErrors", harm.stableErrors())
                .put("harmedRequests", harm.harmedRequests())
                .put("failedUsers", harm.failedUsers())
                .put("harmedUsers", harm.harmedUsers());
    }

    private static void release(Release release, ObjectNode node) {
        node.put("since", time(release.sinceMillis()))
                .put("requests", release.requests())
                .put("errors", release.errors())
                .put("users", release.users())
                .put("failedUsers", release.failedUsers());
    }

    static ObjectNode figures(Figures figures) {
        ObjectNode node = RouteJson.JSON
                .createObjectNode()
                .put("requests", figures.requests())
                .put("errors", figures.errors());
        node.put("errorRate", orNull(figures.errorRate()));
        node.putObject("latencyMs")
                .put("mean", orNull(figures.mean()))
                .put("p50", orNull(figures.p50()))
                .put("p90", orNull(figures.p90()))
                .put("p95", orNull(figures.p95()))
                .put("p99", orNull(figures.p99()));
        return node.put("users", figures.users());
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    static @Nullable Double orNull(double value) {
        return Double.isNaN(value) || Double.isInfinite(value) ? null : Math.rint(value * 1e6) / 1e6;
    }
}
