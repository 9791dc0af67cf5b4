package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.experiment.Experiment;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.FindingSeries.Moment;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.server.control.ExperimentStatus;
import dev.halftone.server.control.RouteStatus;
import java.time.Instant;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The report of an A/B test as JSON. Any thread. */
final class ExperimentJson {
    private ExperimentJson() {}

    /** The variant that a promotion names, or null. */
    static @Nullable String variant(JsonNode fields) {
        JsonNode variant = fields.get("variant");
        if (variant == null || variant.isNull()) {
            return null;
        }
        if (!variant.isTextual()) {
            throw new ApiProblem(400, "variant: " + variant + " (expected: a variant's name)");
        }
        return variant.textValue();
    }

    /** Where no A/B test runs, {@code goal} is null and there are no variants. */
    static ObjectNode report(RouteStatus status) {
        ExperimentStatus experiment = status.experiment();
        RolloutState state = status.state();
        ObjectNode node = RouteJson.JSON
                .createObjectNode()
                .put("route", status.route().name())
                .put("release", state == null ? null : state.release())
                .put("phase", (state == null ? Phase.IDLE : state.phase()).label())
                .put("reason", state == null ? "the route has no canary" : state.reason());
        if (experiment == null) {
            node.put("running", false).putNull("winner").putNull("started").putNull("ends");
            node.putNull("goal").putNull("split").putArray("variants");
            node.set("series", series(List.of(), 0));
            return node;
        }
        Finding found = experiment.finding();
        node.put("running", experiment.running())
                .put("winner", experiment.winner())
                .put("started", time(found.startedMillis()))
                .put("ends", experiment.endMillis() == Long.MAX_VALUE ? null : time(experiment.endMillis()));
        node.set("goal", goal(experiment.spec()));
        node.putObject("split")
                .put("ok", found.alarm() == null)
                .put("chance", StoryJson.orNull(found.mismatch()))
                .put("limit", Experiment.ALARM)
                .put("why", found.alarm());
        ArrayNode variants = node.putArray("variants");
        found.arms().forEach(arm -> variants.add(arm(arm)));
        node.set("series", series(experiment.series(), found.arms().size()));
        return node;
    }

    private static ObjectNode goal(ExperimentSpec spec) {
        return RouteJson.JSON
                .createObjectNode()
                .put("metric", "custom:" + spec.metric())
                .put("direction", spec.direction().label())
                .put("confidence", spec.confidence())
                .put("minUsers", spec.minUsers())
                .put("minDurationSeconds", spec.minDuration().toSeconds())
                .put("onWin", spec.promotes() ? "promote" : "pause");
    }

    private static ObjectNode arm(ArmFinding arm) {
        return RouteJson.JSON
                .createObjectNode()
                .put("name", arm.name())
                .put("share", StoryJson.orNull(arm.share() * 100))
                .put("users", arm.users())
                .put("reported", arm.reported())
                .put("trials", arm.trials())
                .put("hits", arm.hits())
                .put("mean", StoryJson.orNull(arm.mean()))
                .put("lift", StoryJson.orNull(arm.lift()))
                .put("low", StoryJson.orNull(arm.low()))
                .put("high", StoryJson.orNull(arm.high()))
                .put("verdict", arm.verdict().label());
    }

    /** By column, which is how a chart takes it. */
    private static ObjectNode series(List<Moment> moments, int arms) {
        ObjectNode node = RouteJson.JSON.createObjectNode();
        ArrayNode times = node.putArray("time");
        moments.forEach(moment -> times.add(time(moment.atMillis())));
        ArrayNode variants = node.putArray("variants");
        for (int i = 0; i < arms; i++) {
            ObjectNode columns = variants.addObject();
            column(columns.putArray("users"), moments, i, ArmFinding::users);
            column(columns.putArray("mean"), moments, i, ArmFinding::mean);
            column(columns.putArray("lift"), moments, i, ArmFinding::lift);
            column(columns.putArray("low"), moments, i, ArmFinding::low);
            column(columns.putArray("high"), moments, i, ArmFinding::high);
        }
        return node;
    }

    private static void column(ArrayNode to, List<Moment> moments, int arm, ToDoubleFunction<ArmFinding> value) {
        for (Moment moment : moments) {
            to.add(StoryJson.orNull(value.applyAsDouble(moment.finding().arms().get(arm))));
        }
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
