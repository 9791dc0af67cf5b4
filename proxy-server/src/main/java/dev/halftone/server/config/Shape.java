package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * What one value of the file looks like: how it is read, what it says in the JSON Schema, and what is told when it is wrong.
 * The one declaration from which loader, schema and reference come.
 */
interface Shape {
    /** The value, or null after its problems have been reported. */
    @Nullable
    Object read(Node node, String path, Problems problems);

    ObjectNode schema();

    /** In a few words, for {@code (expected: ...)} and the reference. */
    String expected();

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    /** A text cut short, for messages. */
    static String shown(Node node) {
        if (!(node instanceof ScalarNode scalar)) {
            return node instanceof SequenceNode ? "a list" : "a mapping";
        }
        String text = scalar.getValue();
        return text.isEmpty() ? "empty" : text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    /**
     * A value that is written as one word.
     *
     * @param parse throws IllegalArgumentException for what is wrong; its message is not shown, the expectation is
     */
    record Scalar(String expected, ObjectNode schema, Function<String, Object> parse) implements Shape {
        @Override
        public @Nullable Object read(Node node, String path, Problems problems) {
            if (node instanceof ScalarNode scalar && !isNull(node)) {
                try {
                    return parse.apply(scalar.getValue());
                } catch (IllegalArgumentException e) {
                    problems.error(node, path, shown(node), expected);
                    return null;
                }
            }
            problems.error(node, path, isNull(node) ? "empty" : shown(node), expected);
            return null;
        }
    }

    /** A list of one kind of value. */
    record ListOf(Shape element) implements Shape {
        @Override
        public @Nullable Object read(Node node, String path, Problems problems) {
            if (!(node instanceof SequenceNode sequence)) {
                problems.error(node, path, isNull(node) ? "empty" : shown(node), expected());
                return null;
            }
            List<Object> values = new ArrayList<>();
            int index = 0;
            for (Node item : sequence.getValue()) {
                Object value = element.read(item, path + "[" + index++ + "]", problems);
                if (value != null) {
                    values.add(value);
                }
            }
            return values;
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = object().put("type", "array");
            schema.set("items", element.schema());
            return schema;
        }

        @Override
        public String expected() {
            return "a list, each " + element.expected();
        }
    }

    /** A value for which {@code null} is a choice too; then it is absent. */
    record OrNull(Shape shape) implements Shape {
        /** Stands for null among values that were read. */
        static final Object NULL = new Object();

        @Override
        public @Nullable Object read(Node node, String path, Problems problems) {
            return isNull(node) ? NULL : shape.read(node, path, problems);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = object();
            schema.putArray("anyOf").add(object().put("type", "null")).add(shape.schema());
            return schema;
        }

        @Override
        public String expected() {
            return shape.expected() + ", or null";
        }
    }

    /** A word of the configuration that this version does not serve; only values that ask for nothing are taken. */
    record Unavailable(List<String> harmless) implements Shape {
        @Override
        public @Nullable Object read(Node node, String path, Problems problems) {
            boolean empty = node instanceof SequenceNode list && list.getValue().isEmpty();
            if (isNull(node) || empty || (node instanceof ScalarNode && harmless.contains(shown(node)))) {
                return OrNull.NULL;
            }
            problems.error(node, path, "not available in this version", expected());
            return null;
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = object();
            var values = schema.putArray("enum").addNull();
            for (String value : harmless) {
                if (value.equals("false")) {
                    values.add(false);
                } else if (value.matches("\\d+")) {
                    values.add(Integer.parseInt(value));
                } else {
                    values.add(value);
                }
            }
            values.addArray();
            return schema;
        }

        @Override
        public String expected() {
            return harmless.isEmpty() ? "leave it out" : "leave it out, or " + String.join(", ", harmless);
        }
    }
}
