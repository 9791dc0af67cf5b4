package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.routing.Explanation;

/** Why a request gets its version, as JSON: the same from the admin API and from the command. Any thread. */
public final class ExplanationJson {
    private ExplanationJson() {}

    /** What does not apply is null, as the bucket of a request without a user key. */
    public static ObjectNode of(Explanation explanation) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("route", explanation.route())
                .put("release", explanation.release())
                .put("version", explanation.version().label())
                .put("variant", explanation.variant());
        boolean placed = explanation.bucket() >= 0;
        node.put("bucket", placed ? explanation.bucket() : null);
        node.put("point", placed ? explanation.point() : null);
        return node.put("ratio", explanation.ratio().percent())
                .put("reason", explanation.reason().label())
                .put("rule", explanation.rule())
                .put("keySource", explanation.keySource())
                .put("region", explanation.region())
                .put("device", explanation.device())
                .put("why", explanation.why());
    }
}
