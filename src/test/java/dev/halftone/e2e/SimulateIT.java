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

    private static String[] alongRamps(String ramps, String... more) {
        List<String> args = new ArrayList<>(List.of("simulate", "--ramps=" + ramps));
        args.addAll(List.of("--scenario", "totalFailure", "--rate", "60/s", "--runs", "2", "--duration", "30m"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    @Test
    void simulate_ramps_areTabledAndDrawn() throws Exception {
        Halftone.Ended ended = Halftone.run(folder, alongRamps("auto,fixed30s,allAtOnce", "--plot", "ramps.html"));
        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .startsWith(
                        "60 requests/s; median 35.4 ms, 0.1 % errors; bad from the first request on, at most 30 min; ")
                .contains("\nfixed30s   1 % for 30 s, 5 % for 30 s, 25 % for 30 s, 50 % for 30 s, 100 % for 10 min\n")
                .containsPattern("\nno change\n  auto +2/2 +0/2 +0 +[4-9][.0-9]* min ")
                .containsPattern("\ntotalFailure: every request fails\n  auto +0/2 +2/2 +0 +- +[0-9.]+ s ")
                .containsPattern("\n  allAtOnce +0/2 +2/2 +0 +0 s ");
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(folder.resolve("ramps.html").toFile())
                        .getElementsByTagName("path")
                        .getLength())
                .isPositive();
        assertThat(Halftone.run(folder, alongRamps("auto,fixed30s,allAtOnce")).out())
                .as("same seed")
                .isEqualTo(ended.out());
    }

    private void writeRoute(String plan) throws IOException {
        Files.writeString(
                folder.resolve("halftone.yaml"), Halftone.yaml(1, 2, 30).replace("ratio: 30", plan));
    }

    @Test
    void simulate_rampOfTheRoute_isItsPlanAndItsChecks() throws Exception {
        writeRoute("""
                steps: [{ratio: 10, hold: 20s}, {pause: {}}, {ratio: 100, hold: 40s}]
                      hooks: [{when: beforeStep, command: ["true"]}]
                      analysis: {checks: [{name: half, metric: errorRate, detector: threshold, max: 50%}]}
                """.stripTrailing());
        JsonNode told = new ObjectMapper()
                .readTree(Halftone.run(folder, alongRamps("", "-c", "halftone.yaml", "--json"))
                        .out());
        assertThat(told.path("setting").asText()).endsWith("checks of route shop");
        assertThat(told.path("ramps").findValuesAsText("ramp")).containsExactly("route", "auto", "fixed2m", "fixed10m");
        assertThat(told.path("ramps").path(0).path("steps").asText())
                .isEqualTo("10 % for 20 s, gate operator, 100 % for 40 s");
        assertThat(told.path("leftOut").asText())
                .isEqualTo("Of the route's plan gates open at once, hooks are not asked.");
        JsonNode good = told.path("releases").path(0);
        assertThat(good.path("promoted").asInt()).isEqualTo(2);
        assertThat(good.path("to100MedianSeconds").asDouble()).isBetween(20.0, 60.0);
        JsonNode bad = told.path("releases").path(4);
        assertThat(bad.path("release").asText()).isEqualTo("totalFailure");
        assertThat(bad.path("checks").path("half").asInt()).isEqualTo(2);
    }

    @Test
    void simulate_rampOfARouteWithoutOne_saysWhatItHas() throws Exception {
        Halftone.Ended none = Halftone.run(folder, "simulate", "--ramps=route");
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err())
                .isEqualTo("halftone: --ramps: route without configuration (expected: --config FILE with a route with"
                        + " steps, steps: auto or strategy: blueGreen)\n");
        writeRoute("ratio: 30");
        Halftone.Ended ratio = Halftone.run(folder, alongRamps("route", "-c", "halftone.yaml"));
        assertThat(ratio.status()).isEqualTo(2);
        assertThat(ratio.err())
                .isEqualTo("halftone: --ramps: route shop has a ratio and no plan (expected: a route with steps,"
                        + " steps: auto or strategy: blueGreen)\n");
        Path rolling = Path.of(System.getProperty("halftone.root", ".."))
                .toAbsolutePath()
                .resolve("config/rolling.yaml");
        Halftone.Ended other = Halftone.run(folder, alongRamps("auto,route", "-c", rolling.toString()));
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).startsWith("halftone: --ramps: route shop has strategy: rolling (expected: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--ratio | 10 | 10 beside --ramps | one of them, as ramps set the ratio",
                "--scenario | rampInIncident | rampInIncident | one without a ramp of its own beside --ramps",
                "--onset | 3h | 3h | before the release ends, see --duration"
            })
    void simulate_rampsAndWhatDoesNotGoWithThem_isRefused(String option, String value, String told, String expected)
            throws Exception {
        Halftone.Ended ended = Halftone.run(folder, "simulate", "--ramps", option, value);
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).isEqualTo("halftone: " + option + ": " + told + " (expected: " + expected + ")\n");
    }

    @Test
    void simulate_unknownRamp_namesTheKnown() throws Exception {
        for (String ramps : List.of("slow", "auto,", "auto,fixed0m")) {
            Halftone.Ended ended = Halftone.run(folder, "simulate", "--ramps", ramps);
            assertThat(ended.status()).isEqualTo(2);
            assertThat(ended.err())
                    .startsWith(
                            "halftone: --ramps: " + ramps.substring(ramps.indexOf(',') + 1)
                                    + " (expected: route beside --config, auto, fixed<time> as fixed2m, or a preset: allAtOnce, ");
        }
        Halftone.Ended many = Halftone.run(
                folder, "simulate", "--ramps", "auto,fixed1m,fixed2m,fixed3m,fixed4m,fixed5m,fixed6m,fixed7m,fixed8m");
        assertThat(many.err()).isEqualTo("halftone: --ramps: 9 ramps (expected: at most 8)\n");
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
    void simulate_help_hasItsExamples() throws Exception {
        assertThat(Halftone.run(folder, "simulate", "--help").out())
                .contains("\n  halftone simulate --rate 100/s --ratio 10 --error-rate 1% --canary-error-rate 3%")
                .contains("\n  halftone simulate --config halftone.yaml --route shop --scenario all")
                .contains("\n  halftone simulate --config halftone.yaml --route shop --rate 40/s --ramps route,auto,");
    }
}
