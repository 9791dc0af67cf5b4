package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hooks between the steps of a release, on the packaged program: webhooks and commands that go, wait, fail and hang. */
class HooksIT {
    private static final String STABLE = "location / { return 200 \"stable\"; }";
    private static final String CANARY = "location / { return 200 \"canary\"; }";
    private static final String BROKEN = "location / { return 500; }";
    private static final String STEPS = "steps: [{ratio: 10, hold: 1s}, {ratio: 100, hold: 1s}]\n";
    private static final String ANALYSIS = """
                  analysis:
                    window: 5s
                    minRequests: 20
                    checks: [{name: too-many-errors, metric: errorRate, detector: threshold, max: 5%}]
            """;

    @TempDir
    Path folder;

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(50));
    }

    private static String yaml(Nginx stable, Nginx canary, String hook) {
        String plain = Halftone.yaml(stable.port(), canary.port(), 1);
        String plan = STEPS + "hooks:\n  - " + hook + "\n";
        return plain.substring(0, plain.indexOf("      ratio: 1")) + plan.indent(6) + ANALYSIS;
    }

    private static void awaitPhase(Halftone halftone, String phase) {
        await().until(() -> halftone.route().get("phase").asText().equals(phase));
    }

    private static void awaitWaitsFor(Halftone halftone, String text) {
        await().until(() -> halftone.route().at("/plan/waitsFor").asText().contains(text));
    }

    private String script(String body) throws IOException {
        Path file = folder.resolve("hook.sh");
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return "./hook.sh";
    }

    /** What was asked, and what is answered. */
    private static final class Receiver implements AutoCloseable {
        private final Stage stage = new Stage();
        private final AtomicReference<String> answer = new AtomicReference<>("409 Conflict");
        private final List<String> heads = new CopyOnWriteArrayList<>();
        private final List<JsonNode> questions = new CopyOnWriteArrayList<>();

        Receiver() throws IOException {
            stage.on("/ask", visit -> {
                heads.add(visit.head());
                questions.add(new ObjectMapper().readTree(visit.body()));
                visit.write("HTTP/1.1 " + answer.get() + "\r\nContent-Length: 13\r\n\r\nbusy as yet.\n");
            });
            stage.on("/hang", visit -> heads.add(visit.head()));
        }

        String url(String path) {
            return "http://127.0.0.1:" + stage.port() + path;
        }

        @Override
        public void close() throws IOException {
            stage.close();
        }
    }

    @Test
    void webhook_waitsThenGoes_isAskedBeforeEachStep() throws Exception {
        Files.writeString(folder.resolve("key.txt"), "a secret of many bytes");
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Receiver receiver = new Receiver();
                Halftone halftone = Halftone.serve(
                        folder,
                        yaml(
                                stable,
                                canary,
                                "{when: beforeStep, url: \"" + receiver.url("/ask")
                                        + "\", every: 200ms, secret: {file: key.txt}}"));
                Users users = new Users(halftone.web(), 2)) {
            awaitWaitsFor(halftone, "waits for hook beforeStep: the hook says wait: busy as yet.");
            await().until(() -> receiver.questions.size() > 2);
            assertThat(halftone.route().get("ratio").asInt()).isZero();
            assertThat(users.answers("canary")).isZero();
            receiver.answer.set("200 OK");
            awaitPhase(halftone, "promoted");
            ObjectMapper json = new ObjectMapper();
            assertThat(receiver.questions).contains(json.readTree("""
                            {"type": "beforeStep", "route": "shop", "release": "v2", "step": 1, "ratio": 10.0}""")).endsWith(json.readTree("""
                            {"type": "beforeStep", "route": "shop", "release": "v2", "step": 2, "ratio": 100.0}"""));
            assertThat(receiver.heads)
                    .allMatch(head -> head.toLowerCase(java.util.Locale.ROOT).contains("\r\nwebhook-signature: v1,"));
            assertThat(trail(halftone))
                    .containsSubsequence(
                            "gate: progressing 0",
                            "step: progressing 10",
                            "gate: progressing 10",
                            "step: progressing 100",
                            "promote: promoted 100");
            assertThat(users.bad()).isZero();
            assertThat(users.lost()).isZero();
        }
    }

    private static List<String> trail(Halftone halftone) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonNode event : halftone.get("/api/v1/events?route=shop&limit=1000")) {
            lines.add(event.get("action").asText() + ": " + event.get("to").asText());
        }
        return lines;
    }

    @Test
    void webhook_saysNo_isRolledBackAndNoUserSawTheCanary() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Receiver receiver = new Receiver()) {
            receiver.answer.set("500 Oh");
            String hook = "{when: beforeStep, url: \"" + receiver.url("/ask") + "\"}";
            try (Halftone halftone = Halftone.serve(folder, yaml(stable, canary, hook));
                    Users users = new Users(halftone.web(), 2)) {
                awaitPhase(halftone, "rolledBack");
                assertThat(halftone.route().get("reason").asText()).isEqualTo("beforeStep: the hook answered 500");
                assertThat(halftone.metrics())
                        .contains("halftone_rollbacks_total{check=\"beforeStep\",route=\"shop\"} 1");
                await().until(() -> users.answers("stable") > 100);
                assertThat(users.answers("canary")).isZero();
                assertThat(users.bad()).isZero();
            }
        }
    }

    @Test
    void webhook_hangsWhileTheCanaryFails_delaysNoRollback() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Receiver receiver = new Receiver();
                Halftone halftone = Halftone.serve(
                        folder,
                        yaml(
                                stable,
                                canary,
                                "{when: afterStep, url: \"" + receiver.url("/hang") + "\", timeout: 10m}"));
                Users users = new Users(halftone.web(), 2)) {
            awaitWaitsFor(halftone, "waits for hook afterStep");
            await().until(() -> receiver.heads.size() == 1);
            canary.become(BROKEN);
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText()).startsWith("too-many-errors: ");
            assertThat(users.lost()).isZero();
        }
    }

    @Test
    void command_hangs_isKilledAndTheReleaseIsRolledBack() throws Exception {
        String program = script("sleep 1000 & echo $! > child; wait");
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(
                        folder, yaml(stable, canary, "{when: beforeStep, command: [" + program + "], timeout: 1s}"))) {
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText())
                    .isEqualTo("beforeStep: the command did not end within 1000 ms and was killed");
            long child =
                    Long.parseLong(Files.readString(folder.resolve("child")).strip());
            await().until(() ->
                    !ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
        }
    }

    @Test
    void command_saysWaitTooLong_isRolledBack() throws Exception {
        String program = script("echo not approved; exit 75");
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(
                        folder,
                        yaml(
                                stable,
                                canary,
                                "{when: beforeStep, command: [" + program
                                        + "], every: 200ms, timeout: 2s, within: 3s}"))) {
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText())
                    .isEqualTo("beforeStep: the command says wait: not approved, and 3 s are over");
        }
    }

    @Test
    void command_killedWhileItSaysWait_isAskedAgainAfterTheRestart() throws Exception {
        String program = script("""
                echo "$HALFTONE_HOOK $HALFTONE_ROUTE $HALFTONE_RELEASE $HALFTONE_STEP $HALFTONE_RATIO" >> asked
                test -e approved || { echo not approved; exit 75; }""");
        Path asked = folder.resolve("asked");
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY)) {
            String hook = "{when: beforeStep, command: [" + program + "], every: 200ms}";
            try (Halftone halftone = Halftone.serve(folder, yaml(stable, canary, hook))) {
                awaitWaitsFor(halftone, "waits for hook beforeStep: the command says wait: not approved");
                halftone.kill9();
            }
            int before = Files.readAllLines(asked).size();
            try (Halftone halftone = Halftone.start(folder);
                    Users users = new Users(halftone.web(), 2)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("progressing");
                await().until(() -> Files.readAllLines(asked).size() > before + 1);
                assertThat(halftone.route().get("ratio").asInt()).isZero();
                Files.writeString(folder.resolve("approved"), "");
                awaitPhase(halftone, "promoted");
                assertThat(Files.readAllLines(asked))
                        .startsWith("beforeStep shop v2 1 10")
                        .endsWith("beforeStep shop v2 2 100");
                assertThat(users.bad()).isZero();
            }
        }
    }
}
