package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code simulate} as a person calls it. */
class SimulateIT {
    @TempDir
    Path folder;

    private Halftone.Ended simulate(String... options) throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(
                List.of("simulate", "--rate", "60/s", "--duration", "12m", "--onset", "5m", "--runs", "3"));
        args.addAll(List.of(options));
        return Halftone.run(folder, args.toArray(String[]::new));
    }

    @Test
    void simulate_statedRegression_isTabledAndDrawn() throws Exception {
        String[] stated = {"--error-rate", "1%", "--canary-error-rate", "20%", "--canary-latency", "+50%"};
        String[] drawn = Arrays.copyOf(stated, stated.length + 2);
        drawn[stated.length] = "--plot";
        drawn[stated.length + 1] = "releases.svg";
        Halftone.Ended ended = simulate(drawn);
        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .startsWith("60 requests/s, 10 % on the canary (6/s); ")
                .contains("\nno change ")
                .containsPattern("\nerrors 1 % to 20 %, latency \\+50 % +3/3 ")
                .contains("False rollbacks: 0 in ");
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(folder.resolve("releases.svg").toFile())
                        .getElementsByTagName("path")
                        .getLength())
                .isPositive();
        assertThat(simulate(stated).out()).as("same seed").isEqualTo(ended.out());
    }

    @Test
    void simulate_configuredChecks_areWhatIsPlayedAgainst() throws Exception {
        String checks = """

                      analysis:
                        checks:
                          - {name: half, metric: errorRate, detector: threshold, max: 50%}
                """;
        Files.writeString(
                folder.resolve("halftone.yaml"), Halftone.yaml(1, 2, 30).stripTrailing() + checks);
        Halftone.Ended ended =
                simulate("--config", "halftone.yaml", "--scenario", "totalFailure,errors1to3", "--format", "json");
        JsonNode told = new ObjectMapper().readTree(ended.out());
        assertThat(told.path("setting").asText()).contains("30 % on the canary", "checks of route shop");
        assertThat(told.path("releases").findValuesAsText("release"))
                .containsExactly("no change", "totalFailure", "errors1to3");
        for (JsonNode release : told.path("releases")) {
            boolean total = release.path("release").asText().equals("totalFailure");
            assertThat(release.path("found").asInt()).isEqualTo(total ? 3 : 0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--rate | fast | a rate as 100/s, 30/min or 5/h, from 0.01/s to 20000/s",
                "--ratio | 0 | a percentage from 0.01 to 99.99",
                "--canary-latency | 20% | an increase as +20%, at most +9999%",
                "--canary-error-rate | 0.1% | more than the 0.1 % that fails anyway",
                "--onset | 90m | before the release ends, see --duration",
                "--runs | 0 | 1..10000",
                "--plot | plot.png | a file that ends in .svg or .html"
            })
    void simulate_badOption_saysWhatIsExpected(String option, String value, String expected) throws Exception {
        Halftone.Ended ended = Halftone.run(folder, "simulate", option, value);
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).isEqualTo("halftone: " + option + ": " + value + " (expected: " + expected + ")\n");
    }

    @Test
    void simulate_unknownScenario_namesTheKnown() throws Exception {
        Halftone.Ended ended = simulate("--scenario", "fire");
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err())
                .startsWith("halftone: --scenario: fire (expected: all, or one of none, errors0.1to0.5, ");
    }

    @Test
    void simulate_help_hasTwoExamples() throws Exception {
        assertThat(Halftone.run(folder, "simulate", "--help").out())
                .contains("\n  halftone simulate --rate 100/s --ratio 10 --error-rate 1% --canary-error-rate 3%")
                .contains("\n  halftone simulate --config halftone.yaml --route shop --scenario all");
    }
}
