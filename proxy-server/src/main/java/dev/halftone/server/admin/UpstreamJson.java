package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.endpoint.EndpointSet;
import dev.halftone.core.endpoint.UpstreamStatus;
import java.net.InetSocketAddress;
import java.util.List;

/** What the API shows of upstreams. Any thread. */
final class UpstreamJson {
    private UpstreamJson() {}

    static ArrayNode all(List<UpstreamStatus> upstreams) {
        ArrayNode all = RouteJson.JSON.createArrayNode();
        upstreams.forEach(status -> all.add(upstream(status)));
        return all;
    }

    private static ObjectNode upstream(UpstreamStatus status) {
        ObjectNode node = RouteJson.JSON
                .createObjectNode()
                .put("upstream", status.upstream().name());
        node.put("loadBalancing", status.upstream().loadBalancing().label())
                .put("panic", status.endpoints().isPanic())
                .put("connections", status.connections())
                .put("pending", status.pending())
                .put("rejected", status.rejected());
        ArrayNode endpoints = node.putArray("endpoints");
        status.endpoints().entries().forEach(entry -> endpoints.add(endpoint(entry)));
        return node;
    }

    private static ObjectNode endpoint(EndpointSet.Entry entry) {
        InetSocketAddress address = entry.member().address();
        return RouteJson.JSON
                .createObjectNode()
                .put("endpoint", entry.member().endpoint().toString())
                .put(
                        "address",
                        address.isUnresolved() ? null : address.getAddress().getHostAddress())
                .put("weight", entry.member().endpoint().weight())
                .put("state", entry.state().label());
    }
}
