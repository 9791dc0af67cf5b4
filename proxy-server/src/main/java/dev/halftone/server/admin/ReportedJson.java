package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.window.Reported;
import java.util.Map;
import java.util.TreeMap;

/** A version's custom metrics over the window, by name. Any thread. */
final class ReportedJson {
    private ReportedJson() {}

    static ObjectNode figures(Map<String, Reported> reported) {
        ObjectNode node = RouteJson.JSON.createObjectNode();
        new TreeMap<>(reported)
                .forEach((name, counts) -> node.putObject(name)
                        .put("trials", counts.trials())
                        .put("hits", counts.hits())
                        .put("rate", Math.rint(1e6 * counts.hits() / Math.max(1, counts.trials())) / 1e6));
        return node;
    }
}
