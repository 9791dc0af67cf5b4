package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that are judged by what their services report, with the ready examples. */
class CustomMetricsIT {
    @TempDir
    Path folder;

    /** The example as it stands, on ports of this test. */
    private Halftone serve(String example, int stable, int canary) throws IOException {
        String yaml = Files.readString(Path.of(System.getProperty("halftone.root"), "config", example));
        String here = yaml.replace("version: 1\n", "version: 1\nadmin: {address: \"127.0.0.1:0\"}\n")
                .replace("127.0.0.1:8080", "127.0.0.1:0")
                .replace("127.0.0.1:8081", "127.0.0.1:" + stable)
                .replace("127.0.0.1:8082", "127.0.0.1:" + canary);
        assertThat(here).contains("admin: ").contains("127.0.0.1:" + canary);
        return Halftone.serve(folder, here);
    }

    /** Answers and says in each whether a suggestion was clicked, so often. */
    private static Scripted ranker(double clickRate) throws IOException {
        return new Scripted(socket -> {
            Random random = new Random(5);
            while (true) {
                Scripted.readHead(socket);
                int click = random.nextDouble() < clickRate ? 1 : 0;
                Scripted.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nx-halftone-metrics: click=" + click + ", unknown=1\r\n"
                                + "Content-Length: 2\r\n\r\nok");
            }
        });
    }

    private static JsonNode awaitRollback(Halftone halftone, String route) throws Exception {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> halftone.get("/api/v1/routes/" + route)
                        .get("phase")
                        .asText()
                        .equals("rolledBack"));
        for (JsonNode event : halftone.get("/api/v1/events?route=" + route)) {
            if (event.get("action").asText().equals("rollback")) {
                return event;
            }
        }
        throw new AssertionError("no rollback in the trail");
    }

    private static void askForSuggestions(int port, AtomicBoolean running, AtomicLong answers, AtomicLong shown) {
        while (running.get()) {
            // A connection is good for requestsPerConnection requests, 10 000 by default.
            try (Wire wire = new Wire(port)) {
                for (int i = 0; i < 5000 && running.get(); i++) {
                    String response = wire.send("GET /suggestions HTTP/1.1\r\nHost: a\r\nCookie: user_id=u"
                                    + answers.incrementAndGet() + "\r\n\r\n")
                            .readResponse();
                    shown.addAndGet(response.toLowerCase(java.util.Locale.ROOT).contains("halftone-metrics") ? 1 : 0);
                }
            } catch (IOException e) {
                if (running.get()) {
                    shown.incrementAndGet();
                }
            }
        }
    }

    @Test
    void recommender_canaryIsClickedLess_isTakenBackByItsCheck() throws Exception {
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicLong answers = new AtomicLong();
        AtomicLong shown = new AtomicLong();
        try (Scripted stable = ranker(0.3);
                Scripted canary = ranker(0.03);
                Halftone halftone = serve("recommender.yaml", stable.port(), canary.port())) {
            for (int i = 0; i < 4; i++) {
                Thread load = new Thread(() -> askForSuggestions(halftone.web(), running, answers, shown));
                load.setDaemon(true);
                load.start();
            }
            JsonNode rollback = awaitRollback(halftone, "suggestions");
            assertThat(rollback.get("check").asText()).isEqualTo("clicks");
            assertThat(rollback.get("reason").asText())
                    .contains("click happened in")
                    .contains("of stable's");
            JsonNode route = halftone.get("/api/v1/routes/suggestions");
            assertThat(route.at("/canary/custom/click/rate").asDouble()).isBetween(0.01, 0.06);
            assertThat(route.at("/stable/custom/click/rate").asDouble()).isBetween(0.25, 0.35);
            assertThat(route.at("/stable/custom").size()).as("declared names").isEqualTo(1);
            assertThat(halftone.metrics())
                    .containsPattern(
                            "halftone_custom_trials_total\\{metric=\"click\",route=\"suggestions\",version=\"canary\"} \\d")
                    .containsPattern(
                            "halftone_custom_hits_total\\{metric=\"click\",route=\"suggestions\",version=\"stable\"} \\d")
                    .doesNotContain("unknown=")
                    .doesNotContain("metric=\"unknown\"");
            assertThat(shown.get())
                    .as("answers that showed the header, or were lost")
                    .isZero();
            System.out.printf(
                    "measured: %d answers to a rollback by clicks; %s%n",
                    answers.get(), rollback.get("reason").asText());
        } finally {
            running.set(false);
        }
    }

    private static boolean isCanary(String user) throws Exception {
        byte[] key = MessageDigest.getInstance("SHA-256").digest("scores/2026-11".getBytes(StandardCharsets.UTF_8));
        BigInteger position = PaperSipHash.hash(key, user.getBytes(StandardCharsets.UTF_8));
        return position.multiply(BigInteger.valueOf(10_000)).shiftRight(64).intValue() < 2000;
    }

    @Test
    void riskModel_usersOfTheCanaryGetWrongScores_isTakenBackByReportsOfUsers() throws Exception {
        try (Halftone halftone = serve("risk-model.yaml", 1, 2)) {
            List<String> reports = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String user = "account-" + i;
                reports.add("{\"name\": \"right\", \"user\": \"" + user + "\", \"value\": "
                        + (isCanary(user) && i % 4 != 0 ? 0 : 1) + "}");
            }
            var answer = halftone.call("POST", "/api/v1/routes/scores/metrics", "[" + String.join(",", reports) + "]");
            assertThat(answer.body()).isEqualTo("{\"accepted\":400,\"counted\":400}\n");
            JsonNode rollback = awaitRollback(halftone, "scores");
            assertThat(rollback.get("check").asText()).isEqualTo("accuracy");
            assertThat(rollback.get("reason").asText()).contains("right happened in");
        }
    }

    @Test
    void riskModel_moreFalseAlarms_isTakenBackByReportsOfVersions() throws Exception {
        try (Halftone halftone = serve("risk-model.yaml", 1, 2)) {
            String good = "[{\"name\": \"falseAlarm\", \"version\": \"stable\", \"value\": 0.02, \"count\": 500},"
                    + "{\"name\": \"falseAlarm\", \"version\": \"canary\", \"value\": %s, \"count\": 200},"
                    + "{\"name\": \"right\", \"version\": \"canary\", \"value\": 1}]";
            String metrics = "/api/v1/routes/scores/metrics";
            var bad = halftone.call("POST", metrics, good.formatted("2"));
            assertThat(bad.statusCode()).isEqualTo(400);
            assertThat(bad.body()).contains("1 of 3 reports are wrong, none was taken: [1].value: 2 (expected: 0 or 1");
            assertThat(halftone.call("GET", metrics, "").statusCode()).isEqualTo(405);
            assertThat(halftone.call("POST", metrics, good.formatted("0.02")).body())
                    .isEqualTo("{\"accepted\":701,\"counted\":701}\n");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> halftone.get("/api/v1/routes/scores")
                                    .at("/canary/custom/falseAlarm/trials")
                                    .asLong()
                            == 200);
            JsonNode checks = halftone.get("/api/v1/routes/scores").get("checks");
            assertThat(checks.get(1).get("verdict").asText()).isEqualTo("healthy");
            assertThat(checks.get(4).get("name").asText()).isEqualTo("harm-budget");
            halftone.call("POST", metrics, good.formatted("0.3"));
            JsonNode rollback = awaitRollback(halftone, "scores");
            assertThat(rollback.get("check").asText()).isEqualTo("false-alarms");
            assertThat(rollback.get("reason").asText()).contains("falseAlarm happened in");
        }
    }
}
