package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
        route.put("step", plan.step())
                .putObject("plan")
                .put("strategy", plan.strategy())
                .put("steps", plan.steps() == 0 ? null : plan.steps())
                .put("since", Instant.ofEpochMilli(plan.sinceMillis()).toString())
                .put("waitsFor", plan.waitsFor().isEmpty() ? null : plan.waitsFor());
    }
}
