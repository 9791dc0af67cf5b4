package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does and sees: commands, errors, metrics, logs. */
class OperatorIT {
    private static final String OK = "location / { return 200 ok; }";

    @TempDir
    Path folder;

    private Halftone.Ended run(String... args) throws Exception {
        return Halftone.run(folder, args);
    }

    @Test
    void commands_onARunningProxy_doWhatTheySay() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 10))) {
            String admin = "http://127.0.0.1:" + halftone.admin();
            assertThat(run("status", "--admin", admin).out())
                    .contains("shop")
                    .contains("progressing")
                    .contains("v2");
            assertThat(run("ratio", "shop", "25.5", "--admin", admin, "--reason", "more")
                            .status())
                    .isZero();
            assertThat(halftone.route().get("ratio").asDouble()).isEqualTo(25.5);
            assertThat(run("pause", "shop", "--admin", admin).status()).isZero();
            assertThat(halftone.route().get("phase").asText()).isEqualTo("paused");
            assertThat(run("resume", "shop", "--admin", admin).status()).isZero();
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
            assertThat(run("promote", "shop", "--admin", admin).status()).isZero();
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(100);
            assertThat(run("release", "shop", "v3", "--admin", admin).status()).isZero();
            assertThat(run("abort", "shop", "--admin", admin).status()).isZero();
            assertThat(run("rollback", "shop", "--admin", admin).status()).isZero();
            Halftone.Ended refused = run("release", "shop", "v3", "--admin", admin);
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("release v3 was aborted at").contains("halftone release shop NAME");
            Halftone.Ended history = run("history", "--admin", admin);
            assertThat(history.out().lines())
                    .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d.* shop .*"));
            assertThat(history.out())
                    .contains("ratio")
                    .contains("pause")
                    .contains("promote")
                    .contains("abort");
            Halftone.Ended json = run("status", "--json", "--admin", admin);
            assertThat(new ObjectMapper().readTree(json.out()).toString()).contains("\"phase\":\"aborted\"");
            Halftone.Ended unknown = run("pause", "nope", "--admin", admin);
            assertThat(unknown.status()).isEqualTo(1);
            assertThat(unknown.err())
                    .contains("unknown route nope (expected: one of shop)")
                    .hasLineCount(1);
            Halftone.Ended tooMuch = run("ratio", "shop", "101", "--admin", admin);
            assertThat(tooMuch.status()).isEqualTo(2);
            assertThat(tooMuch.err()).contains("101").contains("0..100");
        }
    }

    @Test
    void commands_withoutAProxy_explainCheckSchemaVersion() throws Exception {
        Files.writeString(folder.resolve("halftone.yaml"), Halftone.yaml(1, 2, 10));
        Halftone.Ended check = run("check", "-c", "halftone.yaml");
        assertThat(check.status()).as(check.err()).isZero();
        Halftone.Ended explain = run("explain", "-c", "halftone.yaml", "--route", "shop", "--user", "42");
        assertThat(explain.out()).contains("bucket").contains("92").contains("stable");
        assertThat(new ObjectMapper()
                        .readTree(run("schema").out())
                        .get("$schema")
                        .asText())
                .contains("2020-12");
        assertThat(run("version").out()).contains("0.1.0");
        Halftone.Ended nobody = run("status", "--admin", "http://127.0.0.1:" + Nginx.freePort());
        assertThat(nobody.status()).isEqualTo(1);
        assertThat(nobody.err()).hasLineCount(1);
        assertThat(run("statsu").status()).isEqualTo(2);
    }

    @Test
    void check_conflicts_eachWithItsPlaceAndWhatWasExpected() throws Exception {
        Path file = folder.resolve("halftone.yaml");
        String plain = Halftone.yaml(1, 2, 10);
        String head = plain.substring(0, plain.indexOf("      ratio: 10"));
        String narrower = "  - {name: api, match: {path: {prefix: /api}}, stable: shop-v1}\n";
        Files.writeString(file, head + """
                      steps: [{ratio: 10, hold: 1m}, {ratio: 10, hold: 1m}, {ratio: 100, hold: 1m}]
                      deadline: 2m
                      freeze: [{cron: "0 0 31 4 *", duration: 1h}]
                      rules:
                        - {name: some, when: {headers: [{name: X, prefix: b}]}, sendTo: stable}
                        - {name: beta, when: {headers: [{name: X, exact: beta}]}, sendTo: stable}
                        - {name: both, when: {headers: [{name: Y, exact: a}, {name: Y, exact: b}]}, sendTo: stable}
                """ + narrower);
        Halftone.Ended warned = run("check", "-c", "halftone.yaml");
        assertThat(warned.status()).as(warned.err()).isZero();
        assertThat(warned.err().lines())
                .containsExactly(
                        "warning: halftone.yaml:15:46: routes[0].canary.steps[1].ratio: 10 as the step before: nobody is added"
                                + " (expected: one step, held longer)",
                        "warning: halftone.yaml:16:17: routes[0].canary.deadline: 2m, but check latency says nothing in its first 3m,"
                                + " so the release never gets past its first step (expected: longer than the checks take to say anything)",
                        "warning: halftone.yaml:17:16: routes[0].canary.freeze[0]: there is no such day, so this window never begins"
                                + " (expected: a day that comes)",
                        "warning: halftone.yaml:20:11: routes[0].canary.rules[1]: rule beta never matches: some before it takes all of it"
                                + " (expected: the narrower rule first, or one of them)",
                        "warning: halftone.yaml:21:11: routes[0].canary.rules[2]: rule both never matches: the header Y cannot be both"
                                + " that are asked for (expected: what a request of the route can be)",
                        "warning: halftone.yaml:22:24: routes[1].match: route api never matches: shop before it takes all of it"
                                + " (expected: the narrower route first, or one of them)");
        Files.writeString(
                file,
                head.replace("      userKey", "      strategy: blueGreen\n      onMissingKey: stable\n      #") + """
                      blueGreen: {smoke: [{path: /a}, {path: /a, status: 404}]}
                      deadline: 5m
                """);
        Halftone.Ended refused = run("check", "-c", "halftone.yaml");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .contains(
                        "halftone.yaml:17:26: routes[0].canary.blueGreen.smoke: /a must answer 200 and 404, so they never pass");
    }

    @Test
    void badInput_eachCase_oneClearErrorAndTheRightStatus() throws Exception {
        Path file = folder.resolve("halftone.yaml");
        Files.writeString(
                file,
                Halftone.yaml(1, 2, 130)
                        .replace("stable: shop-v1", "stable: shop-v3")
                        .replace("userKey", "userKeys"));
        Halftone.Ended bad = run("check", "-c", "halftone.yaml");
        assertThat(bad.status()).isEqualTo(2);
        assertThat(bad.err())
                .contains(
                        "halftone.yaml:14:7: routes[0].canary.userKeys: unknown key (expected: did you mean \"userKey\"?")
                .contains("routes[0].canary.ratio: 130 (expected: 0..100");
        Files.writeString(file, Halftone.yaml(1, 2, 10).replace("stable: shop-v1", "stable: shop-v9"));
        assertThat(run("serve", "-c", "halftone.yaml").err())
                .contains("routes[0].stable: unknown upstream shop-v9 (expected: did you mean \"shop-v1\"?");
        Files.writeString(file, "routes: [");
        Halftone.Ended syntax = run("serve", "-c", "halftone.yaml");
        assertThat(syntax.status()).isEqualTo(2);
        assertThat(syntax.err()).contains("halftone.yaml:1:").contains("not YAML");
        assertThat(run("serve", "-c", "missing.yaml").err()).contains("missing.yaml: no such file");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(
                    file,
                    Halftone.yaml(1, 2, 10)
                            .replace(
                                    "name: web, address: \"127.0.0.1:0\"",
                                    "name: web, address: \"127.0.0.1:" + taken.getLocalPort() + "\""));
            Halftone.Ended inUse = run("serve", "-c", "halftone.yaml");
            assertThat(inUse.status()).isEqualTo(1);
            assertThat(inUse.err()).contains("listener web: cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
        Files.writeString(file, Halftone.yaml(1, 2, 10) + "state: {path: halftone.yaml}\n");
        Halftone.Ended notAFolder = run("serve", "-c", "halftone.yaml");
        assertThat(notAFolder.status()).isEqualTo(1);
        assertThat(notAFolder.err()).contains("state.path halftone.yaml: not a folder");
    }

    @Test
    void state_corrupt_isReportedAndNeverGuessedAt() throws Exception {
        String yaml = Halftone.yaml(1, 2, 10);
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            halftone.ratio("20");
            halftone.kill9();
        }
        Path log;
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            log = files.filter(path -> path.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] content = Files.readAllBytes(log);
        byte[] damaged = content.clone();
        damaged[40] ^= 1;
        Files.write(log, damaged);
        Halftone.Ended refused = run("serve", "-c", "halftone.yaml");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("corrupt at byte 0").contains("restore the folder from a backup");
        assertThat(Files.readAllBytes(log)).isEqualTo(damaged);
        Files.write(log, java.util.Arrays.copyOf(content, content.length - 5));
        try (Halftone halftone = Halftone.start(folder)) {
            assertThat(halftone.log()).contains("cut off by a crash");
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
        }
    }

    @Test
    void metrics_promtoolAndPrometheus_takeThem() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 50));
                Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 200; i++) {
                wire.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: user_id=" + i + "\r\n\r\n")
                        .readResponse();
            }
            Path page = folder.resolve("metrics.txt");
            Files.writeString(page, halftone.metrics());
            Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(page.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(promtool.waitFor()).as(said).isZero();
            prometheusScrapes(halftone);
        }
    }

    private void prometheusScrapes(Halftone halftone) throws Exception {
        int port = Nginx.freePort();
        Files.writeString(
                folder.resolve("prometheus.yml"),
                "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: halftone, static_configs: [{targets: ['127.0.0.1:"
                        + halftone.admin() + "']}]}]\n");
        Process prometheus = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + folder.resolve("prometheus.yml"),
                        "--storage.tsdb.path=" + folder.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("prometheus.log").toFile())
                .start();
        try {
            String query = URLEncoder.encode("sum(halftone_requests_total{route=\"shop\"})", StandardCharsets.UTF_8);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> value(port, query).equals("200"));
        } finally {
            prometheus.destroy();
            prometheus.waitFor();
        }
    }

    private static String value(int port, String query) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/query?query=" + query))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        JsonNode result =
                new ObjectMapper().readTree(response.body()).path("data").path("result");
        return result.path(0).path("value").path(1).asText();
    }

    @Test
    void accessLog_eachRequest_oneJsonLine() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(
                        folder, Halftone.yaml(nginx.port(), nginx.port(), 50) + "accessLog: {path: access.log}\n");
                Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 20; i++) {
                wire.send("GET /p?secret=1 HTTP/1.1\r\nHost: a\r\nCookie: user_id=" + i + "\r\n\r\n")
                        .readResponse();
            }
            wire.send("GET / HTTP/1.1\r\n\r\n").readResponse();
            Path log = folder.resolve("access.log");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> Files.readAllLines(log).size() == 21);
            assertThat(Files.readAllLines(log).get(20))
                    .contains("\"status\":400")
                    .contains("\"error\":\"malformedRequest\"");
            List<String> lines = Files.readAllLines(log);
            JsonNode first = new ObjectMapper().readTree(lines.get(0));
            assertThat(first.get("route").asText()).isEqualTo("shop");
            assertThat(first.get("status").asInt()).isEqualTo(200);
            assertThat(first.get("path").asText()).isEqualTo("/p");
            assertThat(String.join("\n", lines)).doesNotContain("secret").contains("\"version\":\"canary\"");
        }
    }

    @Test
    void demo_once_tellsTheStoryAndMeasures() throws Exception {
        Halftone.Ended demo = run("demo", "--once");
        System.out.println(demo.out());
        assertThat(demo.status()).as(demo.out() + demo.err()).isZero();
        assertThat(demo.out())
                .contains("first bad answer to ratio 0:")
                .contains("bad answers that users got until then:");
    }
}
