package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** A mapping with known keys. */
final class Struct implements Shape {
    /**
     * One key.
     *
     * @param fallback the default in words, or null if the key must be there
     */
    record Key(String name, Shape shape, @Nullable String fallback, String description) {}

    /** What was read of a mapping. Absent, null and wrong values are all null here. */
    static final class Values {
        private final Map<String, Object> values = new HashMap<>();
        private final Map<String, Node> nodes = new HashMap<>();
        private final Node self;
        private final String path;
        private final Problems problems;

        private Values(Node self, String path, Problems problems) {
            this.self = self;
            this.path = path;
            this.problems = problems;
        }

        <T> @Nullable T get(String name, Class<T> type) {
            Object value = values.get(name);
            return value == null || value.equals(OrNull.NULL) ? null : type.cast(value);
        }

        <T> T get(String name, Class<T> type, T fallback) {
            T value = get(name, type);
            return value == null ? fallback : value;
        }

        <T> List<T> list(String name, Class<T> type) {
            List<?> raw = get(name, List.class);
            return raw == null ? List.of() : raw.stream().<T>map(type::cast).toList();
        }

        boolean has(String name) {
            return nodes.containsKey(name);
        }

        /** Whether the list is there and nothing stands in it, right or wrong. */
        boolean isEmptyList(String name) {
            return nodes.get(name) instanceof SequenceNode list
                    && list.getValue().isEmpty();
        }

        boolean isNull(String name) {
            return OrNull.NULL.equals(values.get(name));
        }

        /** Reports something about a key's value, or about the whole mapping if the key is not there. */
        void error(String name, String problem, String expected) {
            Node node = nodes.get(name);
            problems.error(node == null ? self : node, path(name), problem, expected);
        }

        void warning(String name, String problem, String expected) {
            Node node = nodes.get(name);
            problems.warning(node == null ? self : node, path(name), problem, expected);
        }

        /** Reports something about one item of a key's list. */
        void warning(String name, int item, String problem, String expected) {
            Node node = nodes.get(name);
            List<Node> items = node instanceof SequenceNode list ? list.getValue() : List.of();
            problems.warning(
                    item < items.size() ? items.get(item) : self, path(name) + "[" + item + "]", problem, expected);
        }

        String shown(String name) {
            Node node = nodes.get(name);
            return node == null ? "missing" : Shape.shown(node);
        }

        private String path(String name) {
            return name.isEmpty() ? path : join(path, name);
        }
    }

    private final String expected;
    private final List<Key> keys;
    private final Function<Values, @Nullable Object> build;

    /** @param build makes the value of what was read; may report problems and return null */
    Struct(String expected, List<Key> keys, Function<Values, @Nullable Object> build) {
        this.expected = expected;
        this.keys = List.copyOf(keys);
        this.build = build;
    }

    List<Key> keys() {
        return keys;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    @Override
    public @Nullable Object read(Node node, String path, Problems problems) {
        if (!(node instanceof MappingNode mapping)) {
            problems.error(node, path, Shape.isNull(node) ? "empty" : Shape.shown(node), expected);
            return null;
        }
        Values values = new Values(node, path, problems);
        boolean whole = readKeys(mapping, values);
        for (Key key : keys) {
            if (key.fallback() == null && !values.has(key.name())) {
                problems.error(
                        node, join(path, key.name()), "missing", key.shape().expected());
                whole = false;
            }
        }
        return whole ? build.apply(values) : null;
    }

    private boolean readKeys(MappingNode mapping, Values values) {
        Set<String> seen = new HashSet<>();
        boolean whole = true;
        for (NodeTuple tuple : mapping.getValue()) {
            String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
            Key key =
                    keys.stream().filter(k -> k.name().equals(name)).findFirst().orElse(null);
            if (!seen.add(name)) {
                values.problems.error(
                        tuple.getKeyNode(), join(values.path, name), "the same key twice", "each key once");
                whole = false;
            } else if (key == null) {
                values.problems.error(tuple.getKeyNode(), join(values.path, name), "unknown key", suggestion(name));
                whole = false;
            } else {
                values.nodes.put(name, tuple.getValueNode());
                Object value = key.shape().read(tuple.getValueNode(), join(values.path, name), values.problems);
                if (value != null) {
                    values.values.put(name, value);
                }
                whole &= value != null;
            }
        }
        return whole;
    }

    private String suggestion(String name) {
        List<String> known = keys.stream().map(Key::name).toList();
        String near = Nearest.to(name, known);
        String list = "one of " + String.join(", ", known);
        return near == null ? list : "did you mean \"" + near + "\"? Known are " + String.join(", ", known);
    }

    @Override
    public ObjectNode schema() {
        ObjectNode schema = Shape.object().put("type", "object").put("additionalProperties", false);
        ObjectNode properties = schema.putObject("properties");
        List<String> required = new ArrayList<>();
        for (Key key : keys) {
            ObjectNode property = key.shape().schema();
            property.put("description", key.description());
            properties.set(key.name(), property);
            if (key.fallback() == null) {
                required.add(key.name());
            }
        }
        if (!required.isEmpty()) {
            ArrayNode names = schema.putArray("required");
            required.forEach(names::add);
        }
        return schema;
    }

    @Override
    public String expected() {
        return expected;
    }
}
