package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.ConfigLoader.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigLoaderTest {
    private static final String GOOD = """
            version: 1
            listeners:
              - {name: web, address: "127.0.0.1:0"}
            upstreams:
              - {name: shop-v1, endpoints: [{address: "127.0.0.1:1"}]}
              - {name: shop-v2, endpoints: [{address: "127.0.0.1:2"}]}
            routes:
              - name: shop
                stable: shop-v1
                canary:
                  upstream: shop-v2
                  release: v2
                  userKey: [{cookie: user_id}]
                  ratio: 1
            """;

    @TempDir
    Path folder;

    private static Path root() {
        return Path.of(System.getProperty("user.dir")).resolve("..").normalize();
    }

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(root().resolve("config"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    private static Settings settings(String yaml) {
        Result result = ConfigLoader.parse("f.yaml", yaml);
        assertThat(result).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings();
    }

    private static List<String> problems(String yaml) {
        Result result = ConfigLoader.parse("f.yaml", yaml);
        assertThat(result).as(yaml).isInstanceOf(Result.Rejected.class);
        return ((Result.Rejected) result)
                .problems().stream().map(Problem::toString).toList();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void load_exampleInConfig_isGoodAndFitsTheSchema(Path file) throws IOException {
        assertThat(ConfigLoader.load(file)).isInstanceOf(Result.Loaded.class);
        var schema = com.networknt.schema.SchemaRegistry.withDefaultDialect(
                        com.networknt.schema.SpecificationVersion.DRAFT_2020_12)
                .getSchema(ConfigSchema.json());
        var node = new ObjectMapper(new YAMLFactory()).readTree(Files.readString(file));
        assertThat(schema.validate(node.toString(), com.networknt.schema.InputFormat.JSON))
                .isEmpty();
        assertThat(schema.validate(
                        node.toString().replace("\"routes\"", "\"rutes\""), com.networknt.schema.InputFormat.JSON))
                .isNotEmpty();
    }

    @Test
    void parse_smallest_hasTheDocumentedDefaults() {
        Settings settings = settings(GOOD);
        assertThat(settings.admin().address().toString()).contains("127.0.0.1:9901");
        assertThat(settings.accessLog()).isNull();
        Settings.GraySettings gray =
                java.util.Objects.requireNonNull(settings.routes().get(0).gray());
        assertThat(gray.analysis().minRequests()).isEqualTo(50);
        assertThat(gray.analysis()).isEqualTo(AnalysisSpec.DEFAULT);
        assertThat(settings.listeners().get(0).maxBodyBytes()).isEqualTo(-1);
        assertThat(settings.listeners().get(0).maxRequests()).isEqualTo(10_000);
        assertThat(settings.listeners().get(0).allowEncodedSlash()).isFalse();
        assertThat(settings.upstreams().get(0).maxResponseHeadBytes()).isEqualTo(65_536);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ratio: 1                     | ratio: 130             | f.yaml:14:14: routes[0].canary.ratio: 130 (expected: 0..100 with at most two decimals)
            ratio: 1                     | ratio: 1.234           | f.yaml:14:14: routes[0].canary.ratio: 1.234 (expected: 0..100 with at most two decimals)
            ratio: 1                     | ratios: 1              | f.yaml:14:7: routes[0].canary.ratios: unknown key (expected: did you mean "ratio"? Known are
            stable: shop-v1              | stable: shop-v3        | f.yaml:9:13: routes[0].stable: unknown upstream shop-v3 (expected: did you mean "shop-v1"?
            release: v2                  | strategy: rolling      | routes[0].canary.strategy: rolling (expected: one of canary, blueGreen, abTest)
            version: 1                   | version: 2             | f.yaml:1:10: version: 2 (expected: a whole number 1..1)
            '"127.0.0.1:0"'              | '"example.com:80"'     | listeners[0].address: example.com:80 (expected: host:port with an IP address
            userKey: [{cookie: user_id}] | userKey: []            | routes[0].canary.userKey: empty (expected: at least one)
            release: v2                  | release: v2, release: v3 | f.yaml
            """)
    void parse_oneFault_isTold(String from, String to, String expected) {
        assertThat(String.join("\n", problems(GOOD.replace(from, to)))).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            detector: mannWhitney | MannWhitney[confidence=0.98, tolerance=0.25, effect=1.0, side=BOTH]
            detector: mannWhitney, confidence: 0.95, effect: 1.2, side: above | MannWhitney[confidence=0.95, tolerance=0.25, effect=1.2, side=ABOVE]
            detector: decomposition, period: 24h | Decomposition[period=PT24H, sigma=3.0, side=BOTH]
            detector: stream      | Stream[]
            """)
    void parse_detector_hasItsDefaults(String detector, String expected) {
        Settings.GraySettings gray = java.util.Objects.requireNonNull(
                settings(withCheck(detector)).routes().get(0).gray());
        assertThat(gray.analysis().checks().get(0).detector()).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            detector: mannWhitney, confidence: 0.4   | confidence: 0.4 (expected: above 0.5 and below 1)
            detector: mannWhitney, effect: 0.5       | effect: 0.5 (expected: 1 or more)
            detector: mannWhitney, sigma: 3          | sigma: is no parameter of mannWhitney (expected: leave it out)
            detector: decomposition, period: 10s     | period: 10s (expected: 1m..8d, as 24h or 168h)
            detector: stream, points: 10             | points: is no parameter of stream (expected: leave it out)
            detector: threshold, max: 5, period: 24h | period: is no parameter of threshold (expected: leave it out)
            """)
    void parse_detectorsParameter_isToldIfWrong(String detector, String expected) {
        assertThat(String.join("\n", problems(withCheck(detector)))).contains("checks[0]." + expected);
    }

    @Test
    void parse_periodShorterThanTwoIntervals_isTold() {
        String yaml = withCheck("detector: decomposition, period: 1h")
                .replace("{checks:", "{interval: 1h, window: 1h, checks:");
        assertThat(String.join("\n", problems(yaml)))
                .contains("analysis.checks: c: a period of less than two intervals (expected: a longer period)");
    }

    @Test
    void parse_upstreamsCare_hasItsDefaults() {
        Upstream upstream = settings(withUpstream("healthCheck: {path: /healthz}, outlierDetection: {}"))
                .upstreams()
                .get(0);
        assertThat(upstream.healthCheck())
                .isEqualTo(
                        new Upstream.HealthCheck("/healthz", null, Duration.ofSeconds(5), Duration.ofSeconds(1), 3, 2));
        assertThat(upstream.outlierDetection()).isEqualTo(new Upstream.OutlierDetection(5, Duration.ofSeconds(30), 50));
        assertThat(upstream.dnsRefresh()).isEqualTo(Duration.ofSeconds(30));
        assertThat(upstream.pendingTimeout()).isEqualTo(upstream.connectTimeout());
        Upstream plain = settings(withUpstream("healthCheck: null")).upstreams().get(0);
        assertThat(plain.healthCheck()).isNull();
        assertThat(plain.outlierDetection()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            healthCheck: {}                             | healthCheck.path: missing (expected: a path that begins with /)
            'healthCheck: {path: /, interval: 50ms}'    | healthCheck.interval: 50ms (expected: 100ms or more)
            'healthCheck: {path: /, timeout: 6s}'       | healthCheck.timeout: 6s (expected: above 0, at most the interval)
            'healthCheck: {path: /, interval: 500ms}'   | healthCheck.timeout: 1s unless it is given (expected: above 0, at most the interval)
            outlierDetection: {ejectionTime: 0s}        | outlierDetection.ejectionTime: 0s (expected: above 0)
            outlierDetection: {maxEjectedPercent: 101}  | outlierDetection.maxEjectedPercent: 101 (expected: a whole number 1..100)
            dnsRefresh: 10ms                            | dnsRefresh: 10ms (expected: 1s or more)
            'pool: {pendingTimeout: x}'                 | pool.pendingTimeout: x (expected: a duration
            """)
    void parse_upstreamsCare_isToldIfWrong(String keys, String expected) {
        assertThat(String.join("\n", problems(withUpstream(keys)))).contains("upstreams[0]." + expected);
    }

    private static String withUpstream(String keys) {
        return GOOD.replaceFirst("(name: shop-v1, )", "$1" + keys + ", ");
    }

    private static String withCheck(String detector) {
        return GOOD + "      analysis: {checks: [{name: c, metric: requestRate, " + detector + "}]}\n";
    }

    @Test
    void parse_severalFaults_allAtOnceInTheFilesOrder() {
        List<String> problems = problems(GOOD.replace("version: 1", "version: 7")
                .replace("ratio: 1", "ratio: 101")
                .replace("name: web", "nam: web"));
        assertThat(problems).hasSize(4);
        assertThat(problems.get(0)).startsWith("f.yaml:1:");
        assertThat(problems.get(3)).startsWith("f.yaml:14:");
    }

    @Test
    void load_secrets_areCheckedAndNeverShown() throws IOException {
        Files.writeString(folder.resolve("token"), "hunter2");
        Files.writeString(folder.resolve("f.yaml"), GOOD + "admin: {address: \"0.0.0.0:9901\", tokenFile: token}\n");
        Result result = ConfigLoader.load(folder.resolve("f.yaml"));
        String told = ((Result.Rejected) result).problems().toString();
        assertThat(told).contains("token holds 7 bytes").doesNotContain("hunter2");
        assertThat(String.join("\n", problems(GOOD + "admin: {address: \"0.0.0.0:9901\"}\n")))
                .contains("admin.tokenFile: missing");
    }

    @Test
    void parse_anyMutation_neverThrows() {
        Random random = new Random(2);
        String alphabet = "{}[]:,-# \n\t\"'&*!|>%@`abz019./";
        for (int i = 0; i < 3000; i++) {
            StringBuilder yaml = new StringBuilder(GOOD);
            for (int j = 1 + random.nextInt(4); j > 0; j--) {
                int at = random.nextInt(yaml.length());
                if (random.nextBoolean()) {
                    yaml.deleteCharAt(at);
                } else {
                    yaml.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
                }
            }
            Result result = ConfigLoader.parse("f.yaml", yaml.toString());
            assertThat(result instanceof Result.Loaded
                            || !((Result.Rejected) result).problems().isEmpty())
                    .isTrue();
        }
    }

    @Test
    void reference_documentation_holdsEveryKey() throws IOException {
        assertThat(Files.readString(root().resolve("docs/configuration.md"))).contains(ConfigSchema.reference());
    }
}
