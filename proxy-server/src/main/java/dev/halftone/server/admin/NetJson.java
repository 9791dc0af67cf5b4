package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.window.SideCounts;
import dev.halftone.core.window.SideCounts.Mirrored;
import dev.halftone.server.control.RouteStatus;

/** What was sent beside the requests that clients made, since the process began. Any thread. */
final class NetJson {
    private NetJson() {}

    /** The route's figures with these added. */
    static ObjectNode add(ObjectNode node, RouteStatus status, SideCounts counts) {
        int route = status.route().id();
        node.put("rescued", counts.rescuedOf(route)).put("retried", counts.retriedOf(route));
        Gray gray = status.route().gray();
        if (gray == null || gray.net().mirror() == null) {
            return node.putNull("mirrored");
        }
        ObjectNode mirrored = node.putObject("mirrored");
        for (Mirrored result : Mirrored.values()) {
            mirrored.put(result.label(), counts.mirroredOf(route, result));
        }
        return node;
    }
}
