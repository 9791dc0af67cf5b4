package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.halftone.server.config.ConfigLoader.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JSON Schema and the loader say the same of a file, as far as a schema can say it. */
class SchemaTest {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MUTANTS = Integer.getInteger("halftone.mutants", 2500);

    /** Texts that a mutant may hold; none looks like a number or like true, see {@link #quoted_numbers_areTheSchemasAlone}. */
    private static final List<String> TEXTS = List.of(
            "",
            "x",
            "A b",
            "/",
            "/x y",
            "10s",
            "5m",
            "10 s",
            "5%",
            "200%",
            "1KiB",
            "1.5KiB",
            "a/b",
            "*",
            "*.x.example",
            "127.0.0.1:81",
            "127.0.0.1:99999",
            "host:1",
            "10.0.0.0/8",
            "10.0.0.0/99",
            "::1",
            "(",
            "auto",
            "canary",
            "stable",
            "comparison",
            "threshold",
            "custom:click",
            "errorRate",
            "shop-v1",
            "linear10percentEvery1minute",
            "0 18 * * FRI");

    @TempDir
    Path folder;

    private final Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(ConfigSchema.json());

    @BeforeEach
    void namedFiles_areThere() throws IOException {
        Path config = root().resolve("config");
        try (Stream<Path> files = Files.walk(config)) {
            for (Path file : files.toList()) {
                Path copy = folder.resolve(config.relativize(file).toString());
                if (!Files.isDirectory(file)) {
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static Path root() {
        return Path.of(System.getProperty("user.dir")).resolve("..").normalize();
    }

    private static List<JsonNode> examples() throws IOException {
        List<JsonNode> examples = new ArrayList<>();
        try (Stream<Path> files = Files.list(root().resolve("config"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                examples.add(YAML.readTree(Files.readString(file)));
            }
        }
        return examples;
    }

    private boolean fits(JsonNode file) {
        return schema.validate(file.toString(), InputFormat.JSON).isEmpty();
    }

    /** What the loader says against it; JSON is YAML. */
    private List<String> problems(JsonNode file) throws IOException {
        Result result = ConfigLoader.load(Files.writeString(folder.resolve("mutant.yaml"), file.toString()));
        return result instanceof Result.Rejected rejected
                ? rejected.problems().stream().map(Problem::toString).toList()
                : List.of();
    }

    @Test
    void examples_all_fitAndLoad() throws IOException {
        List<JsonNode> examples = examples();
        assertThat(examples).hasSizeGreaterThan(5);
        for (JsonNode example : examples) {
            assertThat(fits(example)).as(example.toString()).isTrue();
            assertThat(problems(example)).isEmpty();
        }
    }

    @Test
    void mutants_thatDoNotFit_areRefusedByTheLoader() throws IOException {
        List<JsonNode> examples = examples();
        Random random = new Random(31);
        int unfit = 0;
        for (int i = 0; i < MUTANTS; i++) {
            JsonNode mutant = mutant(examples.get(i % examples.size()), random);
            if (!fits(mutant)) {
                unfit++;
                assertThat(problems(mutant))
                        .as(schema.validate(mutant.toString(), InputFormat.JSON) + " of " + mutant)
                        .isNotEmpty();
            }
        }
        assertThat(unfit).as("mutants that do not fit").isGreaterThan(MUTANTS / 3);
    }

    /** Where only the loader knows better: other keys, files, arithmetic have a say, or a list must not be empty. */
    private static final List<Pattern> BEYOND = Stream.of(
                    "unknown upstream .* \\(expected: (one of|did you mean|a name under upstreams)",
                    " twice( |\\))",
                    ": (empty|0 names) \\(expected: (at least one|1\\.\\.32)",
                    ": nothing is asked \\(expected: one of",
                    "(ratio|userKey|side|upstream|goal): missing|neither ratio nor pause|without limit",
                    "says nothing (without|about|beside)|leave (it|one) out|not both",
                    "is no file, or cannot be reached|cannot be read|holds \\d+ bytes|no such file",
                    "the first variant is the control|the shares add up to|evidence never ends",
                    "is not declared|asks for a region, but nothing tells it",
                    "expected: (steps that go up|.*\\d[smhd]?\\.\\.\\d+|above |at (least|most) |.* or more|a longer|a preset|a list, auto)",
                    "expected: (a time zone|minute hour day|an address or network|a path that|an address as|a host)",
                    "says nothing in a|both update the instances of|has no healthCheck|(upstream|rolling): missing",
                    "expected: (within the longer|an executable file|a program and its|two endpoints or more|.*whose instances)",
                    "checks\\[\\d+\\]\\.(max|min): .* \\(expected: a duration as 250ms\\)",
                    "expected: (host:port|a regular expression|a size|5% or a share|of the kind|the metric)")
            .map(Pattern::compile)
            .toList();

    @Test
    void mutants_thatTheLoaderRefuses_doNotFitOrAreBeyondASchema() throws IOException {
        List<JsonNode> examples = examples();
        Random random = new Random(32);
        TreeMap<String, Integer> told = new TreeMap<>();
        for (int i = 0; i < MUTANTS; i++) {
            JsonNode mutant = mutant(examples.get(i % examples.size()), random);
            if (fits(mutant)) {
                for (String problem : problems(mutant)) {
                    if (BEYOND.stream()
                            .noneMatch(known -> known.matcher(problem).find())) {
                        told.merge(
                                problem.replaceAll("^\\S+:\\d+:\\d+: ", "").replaceAll("\\[\\d+]", "[]"),
                                1,
                                Integer::sum);
                    }
                }
            }
        }
        assertThat(told).isEmpty();
    }

    @Test
    void quoted_numbers_areTheSchemasAlone() throws IOException {
        ObjectNode file = (ObjectNode) examples().get(0).deepCopy();
        file.put("version", "1");
        assertThat(problems(file)).isEmpty();
        assertThat(fits(file))
                .as("an editor marks it; the loader reads the word")
                .isFalse();
    }

    /** One or two changes somewhere. */
    private static JsonNode mutant(JsonNode example, Random random) {
        JsonNode mutant = example.deepCopy();
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            List<JsonNode> inner = new ArrayList<>();
            collect(mutant, inner);
            JsonNode parent = inner.get(random.nextInt(inner.size()));
            if (parent instanceof ObjectNode object) {
                change(object, random);
            } else if (parent instanceof ArrayNode list) {
                change(list, random);
            }
        }
        return mutant;
    }

    private static void collect(JsonNode node, List<JsonNode> inner) {
        if (node.isContainerNode()) {
            inner.add(node);
            node.forEach(child -> collect(child, inner));
        }
    }

    private static void change(ObjectNode object, Random random) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        if (names.isEmpty() || random.nextInt(12) == 0) {
            object.set("unknown", NODES.numberNode(1));
            return;
        }
        String name = names.get(random.nextInt(names.size()));
        JsonNode value = object.get(name);
        switch (random.nextInt(8)) {
            case 0 -> object.remove(name);
            case 1 -> {
                object.remove(name);
                object.set(name + "s", value);
            }
            case 2 -> object.set(name, NODES.arrayNode().add(value));
            default -> object.set(name, another(random));
        }
    }

    private static void change(ArrayNode list, Random random) {
        if (list.isEmpty() || random.nextInt(6) == 0) {
            list.add(another(random));
            return;
        }
        int at = random.nextInt(list.size());
        switch (random.nextInt(4)) {
            case 0 -> list.remove(at);
            case 1 -> list.add(list.get(at).deepCopy());
            default -> list.set(at, another(random));
        }
    }

    private static JsonNode another(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextInt(200) - 20);
            case 3 -> NODES.numberNode(random.nextInt(2000) / 10.0);
            case 4 -> NODES.numberNode(2_000_000_000_000L);
            case 5 -> random.nextBoolean() ? NODES.arrayNode() : NODES.objectNode();
            case 6 -> NODES.textNode("x".repeat(5000));
            default -> NODES.textNode(TEXTS.get(random.nextInt(TEXTS.size())));
        };
    }
}
