package dev.halftone.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documents say of metrics is what the program shows. {@code -Dhalftone.write=true} writes the table of
 * docs/metrics.md anew.
 */
class MetricReferenceTest {
    private static final Path ROOT =
            Path.of(System.getProperty("user.dir")).resolve("..").normalize();
    private static final Path REFERENCE = ROOT.resolve("docs/metrics.md");
    private static final String BEGIN = "<!-- table: made by MetricReferenceTest -->\n";
    private static final String END = "<!-- table ends -->\n";
    /** Metric names in an expression; label names, functions and durations are told apart by their place or prefix. */
    private static final Pattern NAME =
            Pattern.compile("\\b(?:halftone|jvm|process|system)_[a-z0-9_]+|[a-z_]+:[a-z0-9_:]+|\\bup\\b");

    private static Map<String, MetricFamily> families = Map.of();

    @BeforeAll
    static void runASample(@TempDir Path folder) throws Exception {
        families = MetricFamily.parse(SampleRelease.metricsPage(folder));
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| metric | type | unit | labels | |\n|---|---|---|---|---|\n");
        for (MetricFamily family : families.values()) {
            if (family.name().startsWith("halftone_")) {
                table.append("| `%s` | %s | %s | %s | %s |\n"
                        .formatted(
                                family.shownName(),
                                family.type(),
                                family.unit(),
                                String.join(", ", family.labels()),
                                family.help()));
            }
        }
        return table.toString();
    }

    @Test
    void reference_table_isWhatTheProgramShows() throws IOException {
        String document = Files.readString(REFERENCE);
        int from = document.indexOf(BEGIN) + BEGIN.length();
        int to = document.indexOf(END);
        assertThat(from).as("place of the table in %s", REFERENCE).isBetween(BEGIN.length(), to);
        if (Boolean.getBoolean("halftone.write")) {
            document = document.substring(0, from) + table() + document.substring(to);
            Files.writeString(REFERENCE, document, StandardCharsets.UTF_8);
            to = document.indexOf(END);
        }
        assertThat(document.substring(from, to))
                .as("docs/metrics.md; -Dhalftone.write=true writes it anew")
                .isEqualTo(table());
    }

    @Test
    void sample_eachMetricOfTheCode_shows() throws IOException {
        Pattern literal = Pattern.compile("\"halftone[._][a-z._]+\"");
        Set<String> declared = new TreeSet<>();
        Path sources = ROOT.resolve("proxy-server/src/main/java/dev/halftone/server/metrics");
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.toList()) {
                Matcher matcher = literal.matcher(Files.readString(file));
                while (matcher.find()) {
                    declared.add(matcher.group().replace("\"", "").replace('.', '_'));
                }
            }
        }
        assertThat(declared).hasSizeGreaterThan(10);
        Set<String> shown = new TreeSet<>(families.keySet());
        families.values().forEach(family -> shown.add(family.shownName()));
        assertThat(shown)
                .as("a metric that does not show needs more in SampleRelease")
                .containsAll(declared);
    }

    private static Set<String> known() throws IOException {
        Set<String> known = new TreeSet<>(Set.of("up"));
        families.values().forEach(family -> known.addAll(family.series()));
        for (JsonNode rule : rules("rules.yml")) {
            known.add(rule.path("record").asText());
        }
        return known;
    }

    private static List<JsonNode> rules(String file) throws IOException {
        JsonNode content = new YAMLMapper()
                .readTree(ROOT.resolve("docs/prometheus").resolve(file).toFile());
        List<JsonNode> rules = new ArrayList<>();
        content.get("groups").forEach(group -> group.get("rules").forEach(rules::add));
        assertThat(rules).isNotEmpty();
        return rules;
    }

    private static Set<String> names(String expression) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(expression.replaceAll("\"[^\"]*\"", "\"\""));
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    @Test
    void rules_eachMetric_exists() throws IOException {
        for (String file : List.of("rules.yml", "alerts.yml")) {
            for (JsonNode rule : rules(file)) {
                String expression = rule.get("expr").asText();
                assertThat(names(expression)).as(expression).isNotEmpty();
                assertThat(known()).as(file + ": " + expression).containsAll(names(expression));
            }
        }
    }

    @Test
    void dashboard_eachMetric_exists() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(ROOT.resolve("docs/grafana/halftone.json").toFile());
        List<String> expressions = dashboard.findValuesAsText("expr");
        assertThat(expressions).hasSizeGreaterThan(10);
        for (String expression : expressions) {
            assertThat(names(expression)).as(expression).isNotEmpty();
            assertThat(known()).as(expression).containsAll(names(expression));
        }
        for (JsonNode variable : dashboard.at("/templating/list")) {
            assertThat(known())
                    .containsAll(names(variable.path("query").path("query").asText()));
        }
    }

    @Test
    void names_findsEachMetricAndNothingElse() {
        assertThat(
                        names(
                                "sum by (route) (rate(halftone_x_total{route=\"up\", a!=\"jvm_b\"}[5m])) / route_version:y:rate5m"))
                .containsExactly("halftone_x_total", "route_version:y:rate5m");
    }
}
