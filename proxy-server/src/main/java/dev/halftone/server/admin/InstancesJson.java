package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.rollout.Fleet;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.server.control.RouteStatus;
import java.time.Instant;

/** How far a rolling release has come with each instance of its upstream, as JSON. Any thread. */
final class InstancesJson {
    private InstancesJson() {}

    /** Adds {@code instances}, in the order of the configuration; null for a release that is not rolling. */
    static void put(ObjectNode route, RouteStatus status) {
        RolloutState state = status.state();
        Fleet fleet = state == null ? null : state.fleet();
        if (fleet == null) {
            route.putNull("instances");
            return;
        }
        ObjectNode node =
                route.putObject("instances").put("release", fleet.release()).put("undoing", fleet.undoing());
        ArrayNode each = node.putArray("each");
        for (Endpoint endpoint : status.route().stable().endpoints()) {
            put(each.addObject(), endpoint.toString(), fleet);
        }
    }

    private static void put(ObjectNode node, String instance, Fleet fleet) {
        node.put("instance", instance).put("updated", fleet.updated().contains(instance));
        Turn turn = fleet.turn();
        if (turn == null || !turn.instance().equals(instance)) {
            node.putNull("turn");
            return;
        }
        node.putObject("turn")
                .put("stage", turn.stage().label())
                .put("undo", turn.undo())
                .put("out", turn.stage().isOut())
                .put("since", Instant.ofEpochMilli(turn.sinceMillis()).toString())
                .put("why", turn.why().isEmpty() ? null : turn.why());
    }
}
