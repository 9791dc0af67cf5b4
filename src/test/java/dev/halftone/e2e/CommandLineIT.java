package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a person at a terminal meets them, and as a program does. */
class CommandLineIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OK = "location / { return 200 ok; }";
    private static final String RED = "\u001b[31m";
    private static final String GREEN = "\u001b[32m";

    @TempDir
    Path folder;

    private Halftone.Ended run(String... args) throws Exception {
        return Halftone.run(folder, args);
    }

    private JsonNode json(String... args) throws Exception {
        return JSON.readTree(run(args).out());
    }

    /** On a terminal of its own, as script(1) makes one. */
    private String onTerminal(Map<String, String> environment, String... args) throws Exception {
        Path said = folder.resolve("terminal.txt");
        Process process = terminal(said, environment, args);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        return Files.readString(said);
    }

    private Process terminal(Path said, Map<String, String> environment, String... args) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        "script", "-qec", String.join(" ", Halftone.command(args)), "/dev/null")
                .directory(folder.toFile())
                .redirectOutput(said.toFile())
                .redirectErrorStream(true);
        builder.environment().remove("NO_COLOR");
        builder.environment().put("TERM", "xterm");
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void json_ofEachCommandThatPrintsAResult_isReadable() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 10))) {
            String admin = "http://127.0.0.1:" + halftone.admin();
            assertThat(json("status", "--json", "--admin", admin)
                            .get(0)
                            .get("phase")
                            .asText())
                    .isEqualTo("progressing");
            for (String action : List.of("pause", "resume", "promote", "rollback")) {
                assertThat(json(action, "shop", "--json", "--admin", admin)
                                .get("route")
                                .asText())
                        .isEqualTo("shop");
            }
            assertThat(json("release", "shop", "v3", "--json", "--admin", admin)
                            .get("release")
                            .asText())
                    .isEqualTo("v3");
            assertThat(json("ratio", "shop", "7.5", "--json", "--admin", admin)
                            .get("ratio")
                            .asDouble())
                    .isEqualTo(7.5);
            assertThat(json("abort", "shop", "--json", "--admin", admin)
                            .get("phase")
                            .asText())
                    .isEqualTo("aborted");
            assertThat(json("history", "--json", "--admin", admin)
                            .get(0)
                            .get("action")
                            .asText())
                    .isNotEmpty();
        }
    }

    @Test
    void json_withoutAProxy_versionCheckExplain() throws Exception {
        Path file = folder.resolve("halftone.yaml");
        Files.writeString(file, Halftone.yaml(1, 2, 10));
        assertThat(json("version", "--json").get("version").asText()).startsWith("0.1.0");
        JsonNode good = json("check", "-c", "halftone.yaml", "--json");
        assertThat(good.get("ok").asBoolean()).isTrue();
        assertThat(good.get("problems")).isEmpty();
        Files.writeString(file, Halftone.yaml(1, 2, 130));
        Halftone.Ended bad = run("check", "-c", "halftone.yaml", "--json");
        assertThat(bad.status()).isEqualTo(2);
        JsonNode problem = JSON.readTree(bad.out()).get("problems").get(0);
        assertThat(problem.get("path").asText()).isEqualTo("routes[0].canary.ratio");
        assertThat(problem.get("line").asInt()).isPositive();
        assertThat(problem.get("expected").asText()).startsWith("0..100");
    }

    @Test
    void explainJson_sameUser_isWhatTheAdminApiAnswers() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            JsonNode command = json("explain", "-c", "halftone.yaml", "--route", "shop", "--user", "42", "--json");
            assertThat(command).isEqualTo(halftone.get("/api/v1/routes/shop/explain?user=42"));
        }
    }

    @Test
    void json_ofBacktestAndSimulate_isTheirFormat() throws Exception {
        Files.writeString(folder.resolve("cpu.csv"), "timestamp,cpu\n1,5\n2,6\n3,5\n");
        assertThat(json("backtest", "cpu.csv", "--json").get("values").asInt()).isEqualTo(3);
        JsonNode simulated = json("simulate", "--runs", "1", "--duration", "2m", "--onset", "1m", "--json");
        assertThat(simulated.get("releases")).isNotEmpty();
        Halftone.Ended both = run("backtest", "cpu.csv", "--json", "--format", "csv");
        assertThat(both.status()).isEqualTo(2);
        assertThat(both.err()).contains("--format: csv and --json");
    }

    @Test
    void colours_onATerminalOnly_andAsAsked() throws Exception {
        Files.writeString(folder.resolve("halftone.yaml"), Halftone.yaml(1, 2, 10));
        assertThat(onTerminal(Map.of(), "check", "-c", "halftone.yaml")).contains(GREEN + "ok");
        assertThat(onTerminal(Map.of("NO_COLOR", "1"), "check", "-c", "halftone.yaml"))
                .contains(": ok")
                .doesNotContain("\u001b");
        assertThat(onTerminal(Map.of(), "check", "-c", "halftone.yaml", "--color", "never"))
                .doesNotContain("\u001b");
        assertThat(run("check", "-c", "halftone.yaml").out()).doesNotContain("\u001b");
        assertThat(run("check", "-c", "halftone.yaml", "--color", "always").out())
                .contains(GREEN + "ok");
        assertThat(onTerminal(Map.of(), "check", "-c", "missing.yaml")).contains(RED + "missing.yaml:");
    }

    @Test
    void watch_onATerminal_isWrittenOverAndEndsOnCtrlC() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            Path said = folder.resolve("watch.txt");
            String admin = "http://127.0.0.1:" + halftone.admin();
            Process watch = terminal(said, Map.of(), "status", "--watch", "--admin", admin);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(said).contains("progressing"));
            halftone.call("POST", "/api/v1/routes/shop/rollback", "{\"reason\": \"carts are empty\"}");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(said).contains("carts are empty"));
            String screens = Files.readString(said);
            assertThat(screens)
                    .startsWith("\u001b[?1049h")
                    .contains("\u001b[1;1H")
                    .doesNotContain("\u001b[?1049l");
            interrupt(watch);
            assertThat(watch.waitFor(20, TimeUnit.SECONDS)).as("ends on Ctrl-C").isTrue();
            assertThat(watch.exitValue()).isEqualTo(130);
            String left = Files.readString(said).substring(screens.length());
            assertThat(left.substring(left.indexOf("\u001b[?1049l")))
                    .contains(RED + "rolledBack")
                    .contains("carts are empty");
        }
    }

    /** As Ctrl-C does: the signal goes to what runs on the terminal. */
    private static void interrupt(Process script) throws IOException, InterruptedException {
        ProcessHandle java = script.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElseThrow();
        new ProcessBuilder("kill", "-INT", Long.toString(java.pid())).start().waitFor();
    }

    @Test
    void watch_inAPipe_appendsLinesAndSurvivesARestart() throws Exception {
        String yaml = Halftone.yaml(1, 2, 10)
                .replace("127.0.0.1:0\"}\nlisteners", "127.0.0.1:" + Nginx.freePort() + "\"}\nlisteners");
        Path said = folder.resolve("watch.txt");
        Process watch;
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            watch = new ProcessBuilder(
                            Halftone.command("status", "-w", "--admin", "http://127.0.0.1:" + halftone.admin()))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            awaitLine(said, "shop v2  progressing  10 %");
            halftone.ratio("20");
            awaitLine(said, "shop v2  progressing  20 %");
            halftone.kill9();
            awaitLine(said, "connection lost, retrying: http://127.0.0.1:");
        }
        try (Halftone again = Halftone.start(folder)) {
            awaitLine(said, "connected again");
            again.ratio("30");
            awaitLine(said, "shop v2  progressing  30 %");
            assertThat(watch.isAlive()).isTrue();
        } finally {
            watch.destroy();
            watch.waitFor();
        }
        assertThat(Files.readAllLines(said)).hasSize(5).noneMatch(line -> line.contains("\u001b"));
    }

    private static void awaitLine(Path said, String text) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> Files.readString(said).contains(text));
    }

    @Test
    void errors_eachCase_sayWhatToDoNext() throws Exception {
        Path token = folder.resolve("token");
        Files.writeString(token, "s3cret-token-0123456789\n");
        Path wrong = folder.resolve("wrong");
        Files.writeString(wrong, "another-token-0123456789\n");
        String yaml = Halftone.yaml(1, 2, 10)
                .replace("127.0.0.1:0\"}\nlisteners", "127.0.0.1:0\", tokenFile: token}\nlisteners");
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            String admin = "http://127.0.0.1:" + halftone.admin();
            fails(1, "asks for a token (give the file that holds it with --token-file", "status", "--admin", admin);
            fails(1, "does not take the token in wrong", "status", "--admin", admin, "--token-file", "wrong");
            fails(
                    1,
                    "unknown route shpo (expected: one of shop; did you mean \"shop\"?)",
                    "pause",
                    "shpo",
                    "--admin",
                    admin,
                    "--token-file",
                    "token");
            fails(1, "not as Halftone's admin API does", "status", "--admin", "http://127.0.0.1:" + halftone.web());
        }
        fails(
                1,
                "nothing listens there (is the proxy running? 'halftone serve' starts one",
                "status",
                "--admin",
                "http://127.0.0.1:" + Nginx.freePort());
        fails(1, "no such host", "status", "--admin", "http://no-such-host.invalid:9901");
        fails(2, "did you mean http://127.0.0.1:9901?", "status", "--admin", "127.0.0.1:9901");
    }

    private void fails(int status, String says, String... args) throws Exception {
        Halftone.Ended ended = run(args);
        assertThat(ended.status()).isEqualTo(status);
        assertThat(ended.err()).hasLineCount(1).startsWith("halftone: ").contains(says);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "serve",
                "check",
                "explain",
                "backtest",
                "simulate",
                "status",
                "history",
                "ratio",
                "pause",
                "resume",
                "promote",
                "rollback",
                "abort",
                "release",
                "schema",
                "completion",
                "man",
                "version"
            })
    void help_ofEachCommand_hasExamples(String command) throws Exception {
        Halftone.Ended help = run("help", command);
        assertThat(help.status()).as(help.err()).isZero();
        assertThat(help.out()).containsPattern("Examples:\\R  (source <\\()?halftone " + command);
    }
}
