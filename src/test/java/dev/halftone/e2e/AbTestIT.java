package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A/B tests on the packaged program: a real nginx for each variant, made-up users, kill -9 in each phase. */
class AbTestIT {
    @TempDir
    Path folder;

    /** Says who it is, and that of a thousand suggestions so many were clicked: which, nginx draws by the request's identifier. */
    private static String ranker(String name, double clickRate) {
        return ranker(name, clickRate, "");
    }

    private static String ranker(String name, double clickRate, String more) {
        return """
                set $click 0;
                if ($draw_%d = 1) { set $click 1; }
                %s
                location / { add_header X-Halftone-Metrics "click=$click"; return 200 "%s $http_x_halftone_variant $http_x_halftone_version"; }
                """.formatted(Math.round(clickRate * 100), more, name);
    }

    /** An nginx that can draw with the chance of each of these per cents. */
    private Nginx start(String server) throws Exception {
        return Nginx.start(folder, "127.0.0.1", Nginx.freePort(), draws(), server);
    }

    private static String draws() {
        StringBuilder draws = new StringBuilder();
        for (int percent : new int[] {2, 10, 20, 30, 40}) {
            draws.append("split_clients \"$request_id\" $draw_%d { %d%% 1; * 0; }\n".formatted(percent, percent));
        }
        return draws.toString();
    }

    private static String yaml(String goal, String checks, Nginx... variants) {
        StringBuilder upstreams = new StringBuilder();
        StringBuilder arms = new StringBuilder();
        for (int i = 0; i < variants.length; i++) {
            char name = (char) ('a' + i);
            upstreams.append("  - {name: ranker-%c, endpoints: [{address: \"127.0.0.1:%d\"}]}\n"
                    .formatted(name, variants[i].port()));
            arms.append("        - {name: %c, upstream: ranker-%c, share: %s}\n"
                    .formatted(name, name, variants.length == 2 ? "50" : i == 0 ? "40" : "30"));
        }
        return """
                version: 1
                admin: {address: "127.0.0.1:0"}
                listeners:
                  - {name: web, address: "127.0.0.1:0", limits: {requestsPerConnection: 10000000}}
                upstreams:
                %sroutes:
                  - name: shop
                    stable: ranker-a
                    exposeVersion: true
                    customMetrics: {names: [ad, click], header: X-Halftone-Metrics}
                    canary:
                      strategy: abTest
                      release: v2
                      userKey: [{cookie: user_id}]
                      variants:
                %s      goal: {metric: "custom:click", direction: up, minUsers: 200, %s}
                      analysis: {window: 5s, minRequests: 20, checks: [%s]}
                """.formatted(upstreams, arms, goal, checks);
    }

    private static final String ERRORS = "{name: too-many-errors, metric: errorRate, detector: threshold, max: 5%}";

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }

    private static void awaitPhase(Halftone halftone, String phase) {
        await().until(() -> halftone.route().get("phase").asText().equals(phase));
    }

    private static JsonNode report(Halftone halftone) throws Exception {
        return halftone.get("/api/v1/routes/shop/experiment");
    }

    private static JsonNode variant(Halftone halftone, int number) throws Exception {
        return report(halftone).get("variants").get(number);
    }

    /** Users who come again and again, and what each of them got. */
    private static final class Crowd implements AutoCloseable {
        private final AtomicBoolean running = new AtomicBoolean(true);
        private final Map<String, String> variantOf = new ConcurrentHashMap<>();
        private final AtomicLong answers = new AtomicLong();
        private final AtomicLong moved = new AtomicLong();
        private final AtomicLong bad = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();

        /** @param users how many different ones each connection speaks for */
        Crowd(int port, int connections, int users) {
            for (int i = 0; i < connections; i++) {
                int number = i;
                Thread thread = new Thread(() -> ask(port, number, users));
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void ask(int port, int number, int users) {
            Random random = new Random(number);
            try (Wire wire = new Wire(port)) {
                while (running.get()) {
                    String user = "u" + number + "-" + random.nextInt(users);
                    String answer = wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + user + "\r\n\r\n")
                            .readResponse();
                    if (answer.startsWith("HTTP/1.1 200")) {
                        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
                        String before = variantOf.putIfAbsent(user, body);
                        moved.addAndGet(before == null || before.equals(body) ? 0 : 1);
                        answers.incrementAndGet();
                    } else {
                        bad.incrementAndGet();
                    }
                    LockSupport.parkNanos(500_000);
                }
            } catch (Exception e) {
                if (running.get()) {
                    lost.incrementAndGet();
                }
            }
        }

        Map<String, Integer> usersByAnswer() {
            Map<String, Integer> counts = new HashMap<>();
            variantOf.values().forEach(answer -> counts.merge(answer, 1, Integer::sum));
            return counts;
        }

        void forget() {
            variantOf.clear();
            moved.set(0);
        }

        @Override
        public void close() {
            running.set(false);
        }
    }

    @Test
    void threeVariants_oneIsBetter_splitStaysAndWinnerIsPromotedByName() throws Exception {
        try (Nginx a = start(ranker("a", 0.1));
                Nginx b = start(ranker("b", 0.1));
                Nginx c = start(ranker("c", 0.3))) {
            String yaml = yaml("minDuration: 3s, duration: 1h", ERRORS, a, b, c);
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Crowd crowd = new Crowd(halftone.web(), 4, 2000)) {
                JsonNode first = halftone.route();
                assertThat(first.get("phase").asText()).isEqualTo("progressing");
                assertThat(first.get("ratio").asInt()).isEqualTo(60);
                assertThat(first.at("/plan/strategy").asText()).isEqualTo("abTest");
                awaitPhase(halftone, "paused");
                assertThat(halftone.route().get("reason").asText())
                        .startsWith("variant c: click +")
                        .endsWith(") won");
                assertThat(crowd.moved.get()).as("users who changed sides").isZero();
                Map<String, Integer> users = crowd.usersByAnswer();
                int all = users.values().stream().mapToInt(Integer::intValue).sum();
                assertThat(users.keySet()).containsExactlyInAnyOrder("a a stable", "b b canary", "c c canary");
                assertThat(users.get("a a stable")).isBetween(all * 34 / 100, all * 46 / 100);
                assertThat(users.get("b b canary")).isBetween(all * 25 / 100, all * 35 / 100);

                JsonNode report = report(halftone);
                assertThat(report.get("winner").asText()).isEqualTo("c");
                assertThat(report.at("/split/ok").asBoolean()).isTrue();
                assertThat(report.at("/variants/2/verdict").asText()).isEqualTo("better");
                assertThat(report.at("/variants/2/low").asDouble()).isPositive();
                assertThat(report.at("/variants/2/mean").asDouble()).isBetween(0.25, 0.35);
                assertThat(report.at("/series/time").size()).isGreaterThan(1);
                JsonNode document = halftone.get("/api/v1/openapi.json");
                AdminIT.matches(document, document.at("/components/schemas/Experiment"), report, "experiment");
                assertThat(halftone.metrics())
                        .contains("halftone_variant_users{route=\"shop\",variant=\"c\"}")
                        .contains("halftone_check_verdict{check=\"sample-ratio\",route=\"shop\"} 0.0");
                Halftone.Ended text =
                        Halftone.run(folder, "experiment", "shop", "--admin", "http://127.0.0.1:" + halftone.admin());
                assertThat(text.out())
                        .contains("A/B test by custom:click, better is up, paused")
                        .contains("the split of users is as it should be")
                        .contains("winner: c");

                assertThat(halftone.call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": 10}")
                                .body())
                        .contains("whose shares stand in the file");
                assertThat(halftone.call("POST", "/api/v1/routes/shop/promote", "{\"variant\": \"d\"}")
                                .body())
                        .contains("unknown variant d (expected: one of b, c)");
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 2, 500)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("paused");
                assertThat(report(halftone).get("winner").asText()).isEqualTo("c");
                await().until(() -> crowd.usersByAnswer().size() == 3);
                Halftone.Ended done =
                        Halftone.run(folder, "promote", "shop", "--admin", "http://127.0.0.1:" + halftone.admin());
                assertThat(done.status()).as(done.err()).isZero();
                assertThat(halftone.route().get("phase").asText()).isEqualTo("promoted");
                Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
                crowd.forget();
                await().until(() -> crowd.variantOf.size() > 300);
                assertThat(crowd.usersByAnswer().keySet()).containsExactly("c c canary");
                assertThat(crowd.bad.get()).isZero();
                assertThat(crowd.lost.get()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 1, 200)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("promoted");
                await().until(() -> crowd.variantOf.size() > 50);
                assertThat(crowd.usersByAnswer().keySet()).containsExactly("c c canary");
            }
        }
    }

    @Test
    void equalVariants_killedUnderWay_goOnAndEndByDateUndecided() throws Exception {
        try (Nginx a = start(ranker("a", 0.2));
                Nginx b = start(ranker("b", 0.2))) {
            String yaml = yaml("minDuration: 1s, duration: 25s, confidence: 99.9%", ERRORS, a, b);
            long before;
            String started;
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Crowd crowd = new Crowd(halftone.web(), 4, 1000)) {
                await().until(() -> variant(halftone, 1).get("trials").asLong() > 2000);
                before = variant(halftone, 1).get("trials").asLong();
                started = report(halftone).get("started").asText();
                // Kept once more since then: how much was counted before that depends on how fast a cold machine is.
                FileTime earlier = lastKept();
                await().until(() -> lastKept().compareTo(earlier) > 0);
                assertThat(crowd.bad.get()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 4, 1000)) {
                JsonNode report = report(halftone);
                assertThat(report.get("started").asText()).isEqualTo(started);
                assertThat(report.at("/variants/1/trials").asLong()).isGreaterThan(before / 2);
                assertThat(report.get("running").asBoolean()).isTrue();
                assertThat(report.at("/series/time").size()).isPositive();
                awaitPhase(halftone, "aborted");
                assertThat(halftone.route().get("reason").asText()).startsWith("undecided when its time was over at ");
                assertThat(report(halftone).at("/variants/1/verdict").asText()).isEqualTo("undecided");
                Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
                crowd.forget();
                await().until(() -> crowd.variantOf.size() > 300);
                assertThat(crowd.usersByAnswer().keySet()).containsExactly("a a stable");
                assertThat(crowd.bad.get()).isZero();
                assertThat(crowd.lost.get()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("aborted");
                assertThat(report(halftone).get("running").asBoolean()).isFalse();
            }
        }
    }

    /** When the test's counts were last written; long ago if never. */
    private FileTime lastKept() throws IOException {
        Path kept = folder.resolve("data/kept");
        FileTime last = FileTime.fromMillis(0);
        if (Files.exists(kept)) {
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(kept, file -> !file.toString().endsWith(".new"))) {
                for (Path file : files) {
                    last = Files.getLastModifiedTime(file);
                }
            }
        }
        return last;
    }

    @Test
    void worseVariant_isRolledBackByItsGoalAndStaysSoThroughKill9() throws Exception {
        try (Nginx a = start(ranker("a", 0.4));
                Nginx b = start(ranker("b", 0.1))) {
            try (Halftone halftone = Halftone.serve(folder, yaml("minDuration: 1s, duration: 1h", ERRORS, a, b));
                    Crowd crowd = new Crowd(halftone.web(), 4, 2000)) {
                awaitPhase(halftone, "rolledBack");
                assertThat(halftone.route().get("reason").asText()).startsWith("goal: the control won; b: click -");
                assertThat(halftone.metrics()).contains("halftone_rollbacks_total{check=\"goal\",route=\"shop\"} 1");
                assertThat(crowd.bad.get()).isZero();
                assertThat(crowd.lost.get()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 1, 200)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("rolledBack");
                assertThat(report(halftone).get("running").asBoolean()).isFalse();
                await().until(() -> crowd.variantOf.size() > 50);
                assertThat(crowd.usersByAnswer().keySet()).containsExactly("a a stable");
            }
        }
    }

    @Test
    void onWinPromote_betterVariant_isPromotedByItself() throws Exception {
        try (Nginx a = start(ranker("a", 0.1));
                Nginx b = start(ranker("b", 0.4));
                Halftone halftone =
                        Halftone.serve(folder, yaml("minDuration: 1s, duration: 1h, onWin: promote", ERRORS, a, b));
                Crowd crowd = new Crowd(halftone.web(), 4, 2000)) {
            awaitPhase(halftone, "promoted");
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(100);
            Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            crowd.forget();
            await().until(() -> crowd.variantOf.size() > 300);
            assertThat(crowd.usersByAnswer().keySet()).containsExactly("b b canary");
            assertThat(crowd.bad.get()).isZero();
        }
    }

    @Test
    void variantThatFails_isRolledBackByTheUsualChecks() throws Exception {
        try (Nginx a = start(ranker("a", 0.1));
                Nginx b = start(ranker("b", 0.1));
                Nginx c = start(ranker("c", 0.1));
                Halftone halftone = Halftone.serve(folder, yaml("minDuration: 1h, duration: 2h", ERRORS, a, b, c));
                Crowd crowd = new Crowd(halftone.web(), 4, 2000)) {
            await().until(() -> crowd.usersByAnswer().size() == 3);
            c.become("location / { return 500; }");
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText()).startsWith("too-many-errors: ");
            Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            long bad = crowd.bad.get();
            crowd.forget();
            await().until(() -> crowd.variantOf.size() > 300);
            assertThat(crowd.usersByAnswer().keySet()).containsExactly("a a stable");
            assertThat(crowd.bad.get()).as("bad answers after the rollback").isEqualTo(bad);
        }
    }

    /** B answers all, but tells of the goal only for some: what is compared are other users than were drawn. */
    @Test
    void variantThatLosesUsers_raisesTheAlarmAndEvidenceEndsNothing() throws Exception {
        String silent = "if ($cookie_user_id ~ \"[0-4]$\") { return 200 \"silent\"; }";
        try (Nginx a = start(ranker("a", 0.1));
                Nginx b = start(ranker("b", 0.4, silent));
                Halftone halftone = Halftone.serve(folder, yaml("minDuration: 6s, duration: 15s", ERRORS, a, b));
                Crowd crowd = new Crowd(halftone.web(), 4, 2000)) {
            await().until(() -> !report(halftone).at("/split/ok").asBoolean());
            assertThat(report(halftone).at("/split/why").asText())
                    .startsWith("users who had the goal reported with an answer: a ");
            await().until(() -> halftone.get("/api/v1/routes/shop/verdict")
                    .get("verdict")
                    .asText()
                    .equals("breach"));
            await().until(() -> variant(halftone, 1).get("verdict").asText().equals("better"));
            assertThat(halftone.route().get("phase").asText()).isEqualTo("progressing");
            assertThat(halftone.route().at("/plan/waitsFor").asText()).contains("the evidence does not count");
            assertThat(halftone.get("/api/v1/events?route=shop&limit=1000")
                            .toString()
                            .split("\"sample-ratio\"", -1))
                    .as("told once")
                    .hasSize(2);
            awaitPhase(halftone, "aborted");
            assertThat(halftone.route().get("reason").asText()).contains("the split is wrong");
            assertThat(crowd.bad.get()).isZero();
        }
    }

    @Test
    void goalReportedByCalls_ofUsers_counts() throws Exception {
        try (Nginx a = start("location / { return 200 \"a\"; }");
                Nginx b = start("location / { return 200 \"b\"; }");
                Halftone halftone = Halftone.serve(folder, yaml("minDuration: 1s, duration: 1h", ERRORS, a, b));
                Crowd crowd = new Crowd(halftone.web(), 2, 1000)) {
            await().until(() -> crowd.variantOf.size() > 1500);
            StringBuilder reports = new StringBuilder();
            int number = 0;
            for (Map.Entry<String, String> user : crowd.variantOf.entrySet()) {
                boolean click = user.getValue().equals("b") ? number % 2 == 0 : number % 10 == 0;
                reports.append(number % 1000 == 0 ? "" : ",")
                        .append("{\"name\": \"click\", \"user\": \"%s\", \"value\": %d}"
                                .formatted(user.getKey(), click ? 1 : 0));
                if (++number % 1000 == 0) {
                    assertThat(halftone.call("POST", "/api/v1/routes/shop/metrics", "[" + reports + "]")
                                    .statusCode())
                            .isEqualTo(200);
                    reports.setLength(0);
                }
            }
            assertThat(halftone.call("POST", "/api/v1/routes/shop/metrics", "[" + reports + "]")
                            .statusCode())
                    .isEqualTo(200);
            awaitPhase(halftone, "paused");
            assertThat(report(halftone).get("winner").asText()).isEqualTo("b");
            assertThat(report(halftone).at("/split/ok").asBoolean()).isTrue();
        }
    }

    @Test
    void example_runs() throws Exception {
        String file = Files.readString(Path.of(System.getProperty("halftone.root"), "config", "ab-test.yaml"));
        try (Nginx a = start(ranker("a", 0.1));
                Nginx b = start(ranker("b", 0.1))) {
            String here = file.replace("version: 1\n", "version: 1\nadmin: {address: \"127.0.0.1:0\"}\n")
                    .replace("127.0.0.1:8080", "127.0.0.1:0")
                    .replace("127.0.0.1:8081", "127.0.0.1:" + a.port())
                    .replace("127.0.0.1:8082", "127.0.0.1:" + b.port());
            try (Halftone halftone = Halftone.serve(folder, here);
                    Wire wire = new Wire(halftone.web())) {
                for (int i = 0; i < 200; i++) {
                    String answer = wire.send(
                                    "GET /suggestions HTTP/1.1\r\nHost: x\r\nCookie: user_id=u" + i + "\r\n\r\n")
                            .readResponse();
                    assertThat(answer).startsWith("HTTP/1.1 200");
                    assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("x-halftone-");
                }
                await().until(() -> halftone.get("/api/v1/routes/suggestions/experiment")
                                .at("/variants/0/trials")
                                .asLong()
                        > 60);
                JsonNode report = halftone.get("/api/v1/routes/suggestions/experiment");
                assertThat(report.at("/variants/0/verdict").asText()).isEqualTo("control");
                assertThat(report.at("/variants/1/verdict").asText()).isEqualTo("early");
                assertThat(report.at("/variants/1/users").asInt()).isBetween(60, 140);
            }
        }
    }
}
