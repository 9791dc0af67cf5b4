package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.rollout.Step;
import dev.halftone.server.control.PlanStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where a release stands on its plan, as JSON. Any thread. */
final class PlanJson {
    private PlanJson() {}

    /** Adds {@code step} and {@code plan}; both null for a release that has a ratio and no plan. */
    static void put(ObjectNode route, @Nullable PlanStatus plan) {
        if (plan == null) {
            route.putNull("step").putNull("plan");
            return;
        }
        ObjectNode node = route.put("step", plan.step()).putObject("plan");
        node.put("strategy", plan.strategy())
                .put("steps", plan.steps() == 0 ? null : plan.steps())
                .put("since", Instant.ofEpochMilli(plan.sinceMillis()).toString())
                .put("waitsFor", plan.waitsFor().isEmpty() ? null : plan.waitsFor());
        ArrayNode course = node.putArray("course");
        plan.course().forEach(step -> put(course.addObject(), step));
    }

    private static void put(ObjectNode node, Step step) {
        Step.At at = step instanceof Step.At held ? held : null;
        node.put("gate", step instanceof Step.Gate gate ? gate.name() : null)
                .put("ratio", at == null ? null : at.ratio().percent())
                .put("holdSeconds", at == null ? null : at.hold().toSeconds())
                .put("minRequests", at == null ? null : at.minRequests());
    }
}
