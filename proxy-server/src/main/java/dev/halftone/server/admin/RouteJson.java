package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.QuantileRange;
import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.analysis.VersionStats;
import dev.halftone.core.analysis.WindowFigures;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.Gray;
import dev.halftone.server.control.RouteStatus;
import dev.halftone.server.store.StateStore.Recorded;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the API shows, as JSON in the contract's names. Numbers that do not exist are null. Any thread. */
final class RouteJson {
    static final ObjectMapper JSON = new ObjectMapper();

    private RouteJson() {}

    static ObjectNode route(RouteStatus status) {
        RolloutState state = status.state();
        Gray gray = status.route().gray();
        ObjectNode node = JSON.createObjectNode().put("route", status.route().name());
        node.put("release", state == null ? null : state.release());
        node.put("phase", (state == null ? Phase.IDLE : state.phase()).label());
        node.put(
                "ratio",
                state == null ? java.math.BigDecimal.ZERO : state.ratio().percent());
        PlanJson.put(node, status.plan());
        InstancesJson.put(node, status);
        node.put("reason", state == null ? "the route has no canary" : state.reason());
        node.put("wanted", state == null ? null : state.wanted().percent());
        node.put("held", state != null && state.held());
        node.put(
                "since",
                state == null ? null : Instant.ofEpochMilli(state.sinceMillis()).toString());
        node.put("stored", status.stored());
        ObjectNode upstreams = node.putObject("upstreams");
        upstreams.put("stable", status.route().stable().name());
        upstreams.put("canary", gray == null ? null : gray.canary().name());
        node.set("stable", version(status.stableFigures()));
        if (gray == null) {
            node.putNull("canary");
        } else {
            node.set("canary", version(status.canaryFigures()));
        }
        ArrayNode checks = node.putArray("checks");
        status.checks().forEach(check -> checks.add(check(check)));
        node.set("rollback", StoryJson.of(state));
        return node;
    }

    private static ObjectNode version(WindowFigures figures) {
        VersionStats stats = figures.stats();
        ObjectNode node = StoryJson.figures(RollbackStory.Figures.of(stats));
        ObjectNode intervals = node.putObject("latencyIntervalMs");
        range(intervals, "p50", figures.latencyRange(0.5));
        range(intervals, "p99", figures.latencyRange(0.99));
        node.set("custom", ReportedJson.figures(stats.reported()));
        return node;
    }

    private static void range(ObjectNode intervals, String name, @Nullable QuantileRange range) {
        if (range == null) {
            intervals.putNull(name);
            return;
        }
        Double high = range.highMillis();
        intervals
                .putObject(name)
                .put("low", StoryJson.orNull(range.lowMillis()))
                .put("high", high == null ? null : StoryJson.orNull(high));
    }

    static ObjectNode check(CheckResult result) {
        return JSON.createObjectNode()
                .put("name", result.check())
                .put("metric", result.metricLabel())
                .put("detector", result.detector())
                .put("verdict", result.verdict().label())
                .put("value", StoryJson.orNull(result.value()))
                .put("limit", StoryJson.orNull(result.limit()))
                .put("samples", result.samples())
                .put("why", result.why());
    }

    static ObjectNode event(Recorded recorded) {
        AuditEvent event = recorded.event();
        ObjectNode node = JSON.createObjectNode()
                .put("id", recorded.id())
                .put("time", Instant.ofEpochMilli(event.atMillis()).toString())
                .put("route", event.route())
                .put("release", event.release())
                .put("actor", event.actor())
                .put("action", event.action())
                .put("from", event.from())
                .put("to", event.to())
                .put("check", event.check().isEmpty() ? null : event.check())
                .put("reason", event.reason());
        node.set("rollback", StoryJson.story(event.story()));
        return node;
    }

    /**
     * Whether the release is well. Score is the share of checks that are healthy, progress the ratio in force, both 0..1. A
     * release that was rolled back or aborted stays a breach.
     */
    static ObjectNode verdict(RouteStatus status) {
        RolloutState state = status.state();
        boolean latched = state != null && (state.phase() == Phase.ROLLED_BACK || state.phase() == Phase.ABORTED);
        long healthy = 0;
        long samples = 0;
        boolean breach = latched;
        ObjectNode node = JSON.createObjectNode();
        ArrayNode reasons = JSON.createArrayNode();
        if (state != null && latched) {
            reasons.add(state.reason());
        }
        for (CheckResult check : status.checks()) {
            healthy += check.verdict() == CheckResult.Verdict.HEALTHY ? 1 : 0;
            breach |= check.verdict() == CheckResult.Verdict.BREACH;
            samples = Math.max(samples, check.samples());
            if (check.verdict() != CheckResult.Verdict.HEALTHY) {
                reasons.add(check.check() + ": " + check.why());
            }
        }
        int checks = status.checks().size();
        boolean whole = checks > 0 && healthy == checks;
        node.put("ok", whole && !breach);
        node.put("verdict", breach ? "breach" : whole ? "healthy" : "insufficient");
        node.put("score", checks == 0 ? 0 : (double) healthy / checks);
        node.put("progress", state == null ? 0 : state.ratio().hundredths() / 10_000.0);
        node.set("reasons", reasons);
        return node.put("samples", samples);
    }
}
