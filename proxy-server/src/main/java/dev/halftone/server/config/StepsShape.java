package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.rollout.Preset;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** A list of steps, a preset's name, or {@code auto}. Reads as a list or as a text. */
record StepsShape(ListOf list) implements Shape {
    static final String AUTO = "auto";

    @Override
    public @Nullable Object read(Node node, String path, Problems problems) {
        if (node instanceof SequenceNode) {
            return list.read(node, path, problems);
        }
        if (!(node instanceof ScalarNode scalar) || Shape.isNull(node)) {
            problems.error(node, path, Shape.isNull(node) ? "empty" : Shape.shown(node), expected());
            return null;
        }
        String name = scalar.getValue();
        if (!name.equals(AUTO)) {
            try {
                Preset.steps(name, 0);
            } catch (IllegalArgumentException e) {
                problems.error(node, path, Shape.shown(node), "a list, auto, or a preset: " + Preset.EXPECTED);
                return null;
            }
        }
        return name;
    }

    @Override
    public ObjectNode schema() {
        ObjectNode schema = Shape.object();
        schema.putArray("anyOf").add(list.schema()).add(Shape.object().put("type", "string"));
        return schema;
    }

    @Override
    public String expected() {
        return "a list of steps, a preset as canary10percent5minutes, or auto";
    }
}
