package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases with a plan on the packaged program: real nginx instances, made-up users, kill -9 in each phase. */
class StrategiesIT {
    static final String STABLE = "location / { return 200 \"stable\"; }";
    static final String CANARY = "location / { return 200 \"canary\"; }";
    static final String BROKEN = "location / { return 500; }";
    private static final String ANALYSIS = """
                  analysis:
                    window: 5s
                    minRequests: 20
                    checks: [{name: too-many-errors, metric: errorRate, detector: threshold, max: 5%}]
            """;

    @TempDir
    Path folder;

    static String yaml(int stable, int canary, String plan) {
        String plain = Halftone.yaml(stable, canary, 1);
        return plain.substring(0, plain.indexOf("      ratio: 1")) + plan.indent(6) + ANALYSIS;
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
    }

    private static void awaitPhase(Halftone halftone, String phase) {
        await().until(() -> halftone.route().get("phase").asText().equals(phase));
    }

    private static void awaitStep(Halftone halftone, int step) {
        await().until(() -> halftone.route().get("step").asInt() == step);
    }

    /** What the trail says was done, with the standing it led to. */
    private static List<String> trail(Halftone halftone) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonNode event : halftone.get("/api/v1/events?route=shop&limit=1000")) {
            lines.add(event.get("action").asText() + ": " + event.get("to").asText());
        }
        return lines;
    }

    private static void resume(Halftone halftone) throws Exception {
        assertThat(halftone.call("POST", "/api/v1/routes/shop/resume", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void steps_allIsWell_endPromotedAndLoseNothing() throws Exception {
        String plan = """
                steps:
                  - {ratio: 10, hold: 4s}
                  - {ratio: 50, hold: 2s}
                  - {ratio: 100, hold: 2s}
                """;
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, yaml(stable.port(), canary.port(), plan));
                Users users = new Users(halftone.web(), 4)) {
            JsonNode first = halftone.route();
            assertThat(first.get("ratio").asInt()).isEqualTo(10);
            assertThat(first.get("step").asInt()).isEqualTo(1);
            assertThat(first.at("/plan/steps").asInt()).isEqualTo(3);
            assertThat(first.at("/plan/waitsFor").asText()).startsWith("step 1 of 3 ");
            assertThat(halftone.metrics()).contains("halftone_step{route=\"shop\"} 1.0");
            awaitPhase(halftone, "promoted");
            assertThat(trail(halftone))
                    .containsExactly(
                            "release: progressing 0",
                            "step: progressing 10",
                            "step: progressing 50",
                            "step: progressing 100",
                            "promote: promoted 100");
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(100);
            long before = users.answers("canary");
            await().until(() -> users.answers("canary") > before + 100);
            assertThat(users.answers("stable")).isPositive();
            assertThat(users.bad()).as("bad answers").isZero();
            assertThat(users.lost()).as("lost connections").isZero();
        }
    }

    @Test
    void steps_breachAtTheSecond_isRolledBackAndStaysSo() throws Exception {
        String plan = """
                steps:
                  - {ratio: 10, hold: 1s}
                  - {ratio: 40, hold: 60s}
                  - {ratio: 100, hold: 1s}
                """;
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, yaml(stable.port(), canary.port(), plan));
                Users users = new Users(halftone.web(), 4)) {
            awaitStep(halftone, 2);
            canary.become(BROKEN);
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("ratio").asInt()).isZero();
            assertThat(trail(halftone)).endsWith("step: progressing 40", "rollback: rolledBack 0");
            long bad = users.bad();
            long before = users.answers("stable");
            await().until(() -> users.answers("stable") > before + 500);
            assertThat(users.bad()).as("bad answers after the rollback").isEqualTo(bad);
            assertThat(users.lost()).isZero();
            halftone.kill9();
            try (Halftone again = Halftone.start(folder)) {
                assertThat(again.route().get("phase").asText()).isEqualTo("rolledBack");
                assertThat(again.route().get("ratio").asInt()).isZero();
            }
        }
    }

    @Test
    void steps_killedAtAGateAndWithinAHold_goOnWhereTheyWere() throws Exception {
        String plan = """
                steps:
                  - {ratio: 10, hold: 1s}
                  - {pause: {}}
                  - {ratio: 50, hold: 4s}
                  - {ratio: 100, hold: 1s}
                """;
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY)) {
            String yaml = yaml(stable.port(), canary.port(), plan);
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Users users = new Users(halftone.web(), 2)) {
                awaitPhase(halftone, "paused");
                assertThat(halftone.route().at("/plan/waitsFor").asText())
                        .isEqualTo("step 2 of 4 waits for an operator's resume");
                assertThat(users.bad()).isZero();
                halftone.kill9();
            }
            String since;
            try (Halftone halftone = Halftone.start(folder);
                    Users users = new Users(halftone.web(), 2)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("paused");
                assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
                long before = users.answers("canary");
                await().until(() -> users.answers("canary") > before + 50);
                assertThat(halftone.route().get("phase").asText()).isEqualTo("paused");
                resume(halftone);
                JsonNode route = halftone.route();
                assertThat(route.get("step").asInt()).isEqualTo(3);
                assertThat(route.get("ratio").asInt()).isEqualTo(50);
                since = route.at("/plan/since").asText();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Users users = new Users(halftone.web(), 2)) {
                JsonNode route = halftone.route();
                assertThat(route.get("phase").asText()).isEqualTo("progressing");
                assertThat(route.get("ratio").asInt()).isEqualTo(50);
                assertThat(route.at("/plan/since").asText()).isEqualTo(since);
                awaitPhase(halftone, "promoted");
                assertThat(users.bad()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("promoted");
                assertThat(halftone.route().get("ratio").asInt()).isEqualTo(100);
            }
        }
    }

    @Test
    void steps_operatorsRatio_standsThroughKill9UntilResume() throws Exception {
        String plan = "steps: [{ratio: 10, hold: 60s}, {ratio: 100, hold: 60s}]\n";
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY)) {
            try (Halftone halftone = Halftone.serve(folder, yaml(stable.port(), canary.port(), plan))) {
                halftone.ratio("30");
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder)) {
                assertThat(halftone.route().get("ratio").asInt()).isEqualTo(30);
                assertThat(halftone.route().get("held").asBoolean()).isTrue();
                resume(halftone);
                assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
                assertThat(halftone.route().get("step").asInt()).isEqualTo(1);
            }
        }
    }

    @Test
    void steps_auto_goesUpByTheEvidence() throws Exception {
        String plan = "steps: auto\nauto: {min: 5, look: 1s, watch: 1s, factor: 4}\n";
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, yaml(stable.port(), canary.port(), plan));
                Users users = new Users(halftone.web(), 4)) {
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(5);
            awaitPhase(halftone, "promoted");
            assertThat(trail(halftone))
                    .contains("step: progressing 5", "step: progressing 20", "step: progressing 50")
                    .endsWith("step: progressing 100", "promote: promoted 100");
            assertThat(users.bad()).isZero();
            assertThat(users.lost()).isZero();
        }
    }

    static final String BLUE_GREEN = """
            strategy: blueGreen
            blueGreen: {smoke: [{path: /healthz}, {path: /old, status: 404}], smokeWithin: %s, watch: %s}
            """;
    static final String READY = CANARY + " location = /healthz { return 200; } location = /old { return 404; }";

    /** Everybody is on the canary with the next request; what was under way may still come from the old side. */
    private static void awaitSwitch(Halftone halftone, Users users) {
        await().until(() -> halftone.route().get("ratio").asInt() == 100);
        long stableAnswers = users.answers("stable");
        long canaryAnswers = users.answers("canary");
        await().until(() -> users.answers("canary") > canaryAnswers + 200);
        assertThat(users.answers("stable") - stableAnswers).isLessThanOrEqualTo(4);
    }

    private static void assertBreachSwitchesBack(Halftone halftone, Users users, Nginx canary) throws Exception {
        await().until(() -> users.answers("canary") > 200);
        canary.become(BROKEN);
        awaitPhase(halftone, "rolledBack");
        long bad = users.bad();
        long before = users.answers("stable");
        await().until(() -> users.answers("stable") > before + 500);
        // Up to one request of each connection was under way when the rollback was seen.
        assertThat(users.bad() - bad).isLessThanOrEqualTo(4);
        assertThat(users.lost()).isZero();
    }

    @Test
    void blueGreen_smokePassesLate_switchesWholeAndIsPromoted() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, "location / { return 503; }")) {
            String yaml = yaml(stable.port(), canary.port(), BLUE_GREEN.formatted("10m", "3s"));
            try (Halftone halftone = Halftone.serve(folder, yaml)) {
                await().until(() -> halftone.route()
                        .at("/plan/waitsFor")
                        .asText()
                        .endsWith("/healthz answered 503 (expected: 200); 1 more"));
                assertThat(halftone.route().get("ratio").asInt()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Users users = new Users(halftone.web(), 4)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("progressing");
                await().until(() -> users.answers("stable") > 200);
                assertThat(users.answers("canary")).isZero();
                canary.become(READY);
                awaitSwitch(halftone, users);
                awaitPhase(halftone, "promoted");
                assertThat(users.bad()).isZero();
                assertThat(users.lost()).isZero();
            }
        }
    }

    @Test
    void blueGreen_smokeNeverPasses_isRolledBackAndNoUserSawIt() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone =
                        Halftone.serve(folder, yaml(stable.port(), canary.port(), BLUE_GREEN.formatted("2s", "60s")));
                Users users = new Users(halftone.web(), 2)) {
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText())
                    .startsWith("smoke: GET http://127.0.0.1:" + canary.port() + "/old answered 200 (expected: 404)");
            assertThat(users.answers("canary")).isZero();
            assertThat(users.bad()).isZero();
            assertThat(halftone.metrics()).contains("halftone_rollbacks_total{check=\"smoke\",route=\"shop\"} 1");
        }
    }

    @Test
    void blueGreen_breachWhileWatched_switchesBackAtOnce() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, READY);
                Halftone halftone =
                        Halftone.serve(folder, yaml(stable.port(), canary.port(), BLUE_GREEN.formatted("10s", "60s")));
                Users users = new Users(halftone.web(), 4)) {
            assertBreachSwitchesBack(halftone, users, canary);
        }
    }

    // ---- blue-green without user keys: everybody comes from one address, and each request counts ----

    private static String keylessYaml(int stable, int canary, String watch) {
        String plain = yaml(stable, canary, BLUE_GREEN.formatted("10s", watch));
        String keyless = plain.replace("      userKey: [{cookie: user_id}, {header: X-User-Id}]\n", "");
        assertThat(keyless).doesNotContain("userKey");
        // The default checks, warm sooner.
        return keyless.substring(0, keyless.indexOf("checks:")) + """
                checks:
                          - {name: fails-outright, metric: errorRate, detector: cusum}
                          - {name: errors, metric: errorRate, detector: comparison, warmUp: 2s}
                          - {name: latency, metric: latencyMean, detector: comparison, warmUp: 2s}
                """;
    }

    @Test
    void blueGreenWithoutUserKey_smokePasses_isPromotedThoughAllComeFromOneAddress() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, keylessYaml(stable.port(), canary.port(), "4s"));
                Users users = new Users(halftone.web(), 4)) {
            assertThat(Halftone.run(folder, "check", "-c", "halftone.yaml").status())
                    .isZero();
            await().until(() -> users.answers("stable") > 200);
            assertThat(halftone.route().get("ratio").asInt()).isZero();
            assertThat(users.answers("canary")).isZero();
            canary.become(READY);
            awaitSwitch(halftone, users);
            awaitPhase(halftone, "promoted");
            assertThat(trail(halftone))
                    .startsWith("release: progressing 0", "gate: progressing 0")
                    .endsWith("step: progressing 100", "promote: promoted 100");
            assertThat(users.answers("canary")).isPositive();
            assertThat(users.bad()).isZero();
            assertThat(users.lost()).isZero();
        }
    }

    @Test
    void blueGreenWithoutUserKey_failsWhileWatched_isTakenBackByTheDefaultChecks() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, READY);
                Halftone halftone = Halftone.serve(folder, keylessYaml(stable.port(), canary.port(), "60s"));
                Users users = new Users(halftone.web(), 4)) {
            assertBreachSwitchesBack(halftone, users, canary);
            assertThat(halftone.route().get("reason").asText()).startsWith("fails-outright: ");
        }
    }

    // The examples in config/, on the ports of this test.

    private static String example(String name, Nginx stable, Nginx canary) throws Exception {
        Path root = Path.of(System.getProperty("user.dir")).resolve("..").normalize();
        return Files.readString(root.resolve("config").resolve(name))
                .replace("127.0.0.1:9901", "127.0.0.1:0")
                .replace("127.0.0.1:8080", "127.0.0.1:0")
                .replace("127.0.0.1:8081", "127.0.0.1:" + stable.port())
                .replace("127.0.0.1:8082", "127.0.0.1:" + canary.port());
    }

    @Test
    void example_canarySteps_runs() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, example("canary-steps.yaml", stable, canary))) {
            JsonNode route = halftone.route();
            assertThat(route.get("phase").asText()).isEqualTo("progressing");
            assertThat(route.at("/plan/steps").asInt()).isEqualTo(5);
            assertThat(route.get("reason").asText()).isNotEmpty();
            assertThat(Halftone.run(folder, "status", "--admin", "http://127.0.0.1:" + halftone.admin())
                            .out())
                    .contains("plan: step " + route.get("step").asInt() + " of 5; ");
            assertThat(Halftone.run(folder, "check", "-c", "halftone.yaml").status())
                    .isZero();
        }
    }

    @Test
    void example_blueGreen_switches() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, example("blue-green.yaml", stable, canary));
                Users users = new Users(halftone.web(), 2)) {
            await().until(() -> halftone.route().get("ratio").asInt() == 100);
            await().until(() -> users.answers("canary") > 50);
            assertThat(users.bad()).isZero();
        }
    }
}
