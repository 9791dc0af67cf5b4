package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code backtest} on a recorded series of the Numenta Anomaly Benchmark, as a person calls it. */
class BacktestIT {
    private static final Path NAB = Path.of("proxy-core/src/test/resources/nab/realKnownCause");

    @TempDir
    Path folder;

    private Path series;

    @BeforeEach
    void findSeries() {
        series = Path.of(System.getProperty("halftone.root", "."))
                .resolve(NAB)
                .resolve("ec2_request_latency_system_failure.csv")
                .toAbsolutePath()
                .normalize();
    }

    private Halftone.Ended backtest(String... options) throws IOException, InterruptedException {
        String[] args = new String[options.length + 2];
        args[0] = "backtest";
        args[1] = series.toString();
        System.arraycopy(options, 0, args, 2, options.length);
        return Halftone.run(folder, args);
    }

    @Test
    void backtest_csv_hasOneScoredLineForEachLine() throws Exception {
        Halftone.Ended ended = backtest("--format", "csv");
        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        List<String> input = Files.readAllLines(series);
        List<String> lines = ended.out().lines().toList();
        assertThat(lines).hasSameSizeAs(input);
        assertThat(lines.get(0)).isEqualTo("timestamp,value,score,anomaly");
        for (int i = 1; i < lines.size(); i++) {
            assertThat(lines.get(i)).startsWith(input.get(i) + ",").matches(".*,[01]\\.[0-9]{6},[01]");
        }
        assertThat(lines).as("the failure of 14 March").anyMatch(line -> line.matches("2014-03-14 .*,1"));
    }

    @Test
    void backtest_textAndJson_tellTheSameAnomalies() throws Exception {
        Halftone.Ended text = backtest("--detector", "movingAverage", "--points", "10", "--sigma", "6");
        Halftone.Ended json =
                backtest("--detector", "movingAverage", "--points", "10", "--sigma", "6", "--format", "json");
        JsonNode told = new ObjectMapper().readTree(json.out());
        assertThat(told.get("values").asInt()).isEqualTo(4032);
        assertThat(told.get("anomalies").size()).isPositive();
        assertThat(text.out().lines().toList()).hasSize(told.get("anomalies").size() + 1);
        assertThat(text.out()).endsWith(told.get("anomalies").size() + " anomalies in 4032 values\n");
        assertThat(text.out())
                .startsWith(told.get("anomalies").get(0).get("timestamp").asText() + "  value ");
    }

    @Test
    void backtest_badLine_isNamedAndEndsWithTwo() throws Exception {
        series = folder.resolve("series.csv");
        Files.writeString(series, "timestamp,response_time\n1,5\n2,slow\n");
        Halftone.Ended ended = backtest();
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err())
                .isEqualTo("halftone: " + series + ": line 3: response_time: slow (expected: a number)\n");
    }

    @Test
    void backtest_wrongOption_saysWhatIsExpected() throws Exception {
        Halftone.Ended ended = backtest("--detector", "threshold");
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).isEqualTo("halftone: --detector: threshold without limit (expected: --min or --max)\n");
    }

    private Path release() {
        return Path.of(System.getProperty("halftone.root", "."))
                .resolve("proxy-core/src/test/resources/backtest/release.csv")
                .toAbsolutePath()
                .normalize();
    }

    @Test
    void backtest_requestsOfABadCanary_jsonEndsWithTheRollback() throws Exception {
        series = release();
        Halftone.Ended ended = backtest("--format", "json");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .isEqualTo("halftone: 2 lines out of order, by 0.3 s at most; each counted at the latest time"
                        + " before it\n");
        List<String> lines = ended.out().lines().toList();
        String last = lines.get(lines.size() - 1);
        assertThat(last)
                .matches(
                        "\\{\"rolledBack\": true, \"atSeconds\": 3\\d\\d\\.\\d+, \"check\": \"[a-z-]+\", \"reason\": \".+\","
                                + " \"canaryRequests\": \\d+, \"canaryErrors\": \\d+}");
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(last).size()).isEqualTo(6);
        JsonNode change = json.readTree(lines.get(lines.size() - 2));
        assertThat(change.get("verdict").asText()).isEqualTo("breach");
        assertThat(change.get("why")).isEqualTo(json.readTree(last).get("reason"));
    }

    @Test
    void backtest_requestsWithConfiguration_areJudgedByTheRoutesChecks() throws Exception {
        series = release();
        String checks = """

                      analysis:
                        checks:
                          - {name: five, metric: errorRate, detector: threshold, max: 5%}
                """;
        Files.writeString(
                folder.resolve("halftone.yaml"), Halftone.yaml(1, 2, 30).stripTrailing() + checks);
        Halftone.Ended text = backtest("--config", "halftone.yaml", "--route", "shop");
        assertThat(text.out()).contains("rolled back at 411.0 s by five: ");
        assertThat(text.status()).isEqualTo(1);
        Halftone.Ended csv = backtest("--config", "halftone.yaml", "--format", "csv");
        assertThat(csv.out().lines().toList()).first().isEqualTo("atSeconds,event,check,value,limit,samples,reason");
        assertThat(csv.out()).contains("\n411.0,breach,\"five\",").contains("\n411.0,rolledBack,\"five\",");
        Halftone.Ended other = backtest("--config", "halftone.yaml", "--route", "cart");
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).isEqualTo("halftone: --route: cart is not in halftone.yaml (expected: --route shop)\n");
    }

    @Test
    void backtest_requestsOfAGoodCanary_areLeftAlone() throws Exception {
        series = folder.resolve("good.csv");
        Files.write(
                series,
                Files.readAllLines(release()).stream()
                        .filter(line -> line.startsWith("t") || Double.parseDouble(line.split(",", -1)[0]) < 290)
                        .toList());
        Halftone.Ended json = backtest("--format", "json");
        assertThat(json.status()).isZero();
        assertThat(json.out().lines().toList())
                .last()
                .asString()
                .startsWith("{\"rolledBack\": false, \"atSeconds\": null, \"check\": null, \"reason\": null, ");
    }

    @Test
    void backtest_badRequestsOrOptions_sayWhatIsExpected() throws Exception {
        series = folder.resolve("requests.csv");
        Files.writeString(series, "timestamp,user,version,status,latencyMs\n1,u,canary,200,5\n2,u,canary,ok,5\n");
        Halftone.Ended bad = backtest();
        assertThat(bad.status()).isEqualTo(2);
        assertThat(bad.err())
                .isEqualTo("halftone: " + series
                        + ":3: status: ok (expected: 100..599, or 0 where no upstream answered)\n");
        Halftone.Ended option = backtest("--sigma", "4");
        assertThat(option.status()).isEqualTo(2);
        assertThat(option.err())
                .isEqualTo("halftone: --sigma: is for a monitoring series, " + series
                        + " holds requests (expected: --config and --route)\n");
    }
}
