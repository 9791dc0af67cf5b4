package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** Header fields: any name that may stand in a message, with a value that may. */
record MapOf() implements Shape {
    @Override
    public @Nullable Object read(Node node, String path, Problems problems) {
        if (!(node instanceof MappingNode mapping)) {
            problems.error(node, path, Shape.isNull(node) ? "empty" : Shape.shown(node), expected());
            return null;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        boolean whole = true;
        for (NodeTuple tuple : mapping.getValue()) {
            Object name = Scalars.HEADER_NAME.read(tuple.getKeyNode(), path, problems);
            Object value = Scalars.HEADER_VALUE.read(
                    tuple.getValueNode(), path + "." + Shape.shown(tuple.getKeyNode()), problems);
            if (name != null && value != null && fields.put((String) name, (String) value) != null) {
                problems.error(tuple.getKeyNode(), path + "." + name, "the same key twice", "each key once");
                whole = false;
            }
            whole &= name != null && value != null;
        }
        return whole ? fields : null;
    }

    @Override
    public ObjectNode schema() {
        ObjectNode schema = Shape.object().put("type", "object");
        schema.set("additionalProperties", Scalars.HEADER_VALUE.schema());
        return schema;
    }

    @Override
    public String expected() {
        return "a mapping of header names to values";
    }
}
