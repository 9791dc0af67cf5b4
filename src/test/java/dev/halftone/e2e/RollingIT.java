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

/**
 * Rolling releases on the packaged program: real nginx instances that are stopped and started by a hook, users at a steady rate, kill
 * -9 in each phase.
 */
class RollingIT {
    private static final String RELEASE = """
                  release: v2
                  userKey: [{cookie: user_id}]
                  strategy: rolling
                  rolling:
                    update: {command: %s, every: 300ms, timeout: %s}
                    undo: {command: %s, every: 300ms, timeout: 30s}
                    health: {path: /version}
                    hold: %s
                    watch: 2s
                  analysis:
                    window: 5s
                    minRequests: 20
                    checks: [{name: too-many-errors, metric: errorRate, detector: threshold, max: 5%%}]
            """;

    @TempDir
    Path folder;

    /** One route, whose release {@code v2} goes through the fleet by this version's script. */
    static String yaml(NginxFleet fleet, String to, String timeout, String hold) {
        String plain = Halftone.yaml(1, 1, 1);
        String upstreams = "upstreams:\n  - {name: shop-v1, endpoints: " + fleet.endpoints()
                + ", healthCheck: {path: /version, interval: 1s, timeout: 1s}, timeouts: {response: 5s}}\n";
        return plain.substring(0, plain.indexOf("upstreams:"))
                + upstreams
                + "routes:\n  - name: shop\n    stable: shop-v1\n    canary:\n"
                + RELEASE.formatted(fleet.command(to), timeout, fleet.command("v1"), hold);
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }

    private static void awaitPhase(Halftone halftone, String phase) {
        await().until(() -> halftone.route().get("phase").asText().equals(phase));
    }

    private static void awaitWaitsFor(Halftone halftone, String text) {
        await().until(() -> waitsFor(halftone).contains(text));
    }

    private static String waitsFor(Halftone halftone) throws Exception {
        return halftone.route().at("/plan/waitsFor").asText();
    }

    private static void awaitAllBack(Halftone halftone) {
        await().until(() -> reasons(halftone).contains("gate: all instances are back on the version before v2"));
    }

    private static int ratio(Halftone halftone) throws Exception {
        return halftone.route().get("ratio").asInt();
    }

    private static List<String> reasons(Halftone halftone) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonNode event : halftone.get("/api/v1/events?route=shop&limit=1000")) {
            lines.add(event.get("action").asText() + ": " + event.get("reason").asText());
        }
        return lines;
    }

    private static String at(NginxFleet fleet, int instance) {
        return "127.0.0.1:" + fleet.ports().get(instance);
    }

    private static List<String> calls(NginxFleet fleet, String... hooks) {
        List<String> calls = new ArrayList<>();
        for (String hook : hooks) {
            String[] parts = hook.split(" ", -1);
            calls.add(parts[0] + " " + fleet.ports().get(Integer.parseInt(parts[1])));
        }
        return calls;
    }

    @Test
    void rolling_allIsWell_updatesOneAfterAnotherAndLosesNothing() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1");
                Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "2s"));
                Crowd crowd = new Crowd(halftone.web(), 500)) {
            awaitWaitsFor(halftone, "1 of 3 instances are updated");
            assertThat(ratio(halftone)).isEqualTo(33);
            assertThat(halftone.route().get("step").asInt()).isEqualTo(1);
            assertThat(fleet.versions()).containsExactly("v2", "v1", "v1");
            awaitPhase(halftone, "promoted");
            long before = crowd.all();
            await().until(() -> crowd.all() > before + 500);
            assertThat(fleet.versions()).containsOnly("v2");
            assertThat(fleet.calls()).isEqualTo(calls(fleet, "update 0", "update 1", "update 2"));
            assertThat(reasons(halftone))
                    .containsSubsequence(
                            "step: updating " + at(fleet, 0) + ", 1 of 3",
                            "gate: " + at(fleet, 0) + " is updated, 1 of 3",
                            "step: step 1 of 3: 1 of 3 instances are updated",
                            "step: updating " + at(fleet, 1) + ", 2 of 3",
                            "step: updating " + at(fleet, 2) + ", 3 of 3",
                            "promote: all 3 instances were updated and well");
            assertThat(crowd.bad()).as("failed requests: %s", crowd).isZero();
            assertThat(crowd.lost()).as("lost connections: %s", crowd).isZero();
            assertThat(crowd.wentBack())
                    .as("users who saw an older version again")
                    .isZero();
            assertThat(crowd.answers("v1 canary"))
                    .as("canary's users on the old version")
                    .isZero();
            assertThat(crowd.answers("v2 canary")).isPositive();
            assertThat(crowd.slow()).as("answers that took seconds").isPositive();
            assertThat(crowd.perSecond()).isGreaterThan(450);
        }
    }

    // ---- without user keys: everybody comes from one address ----

    private static String keyless(NginxFleet fleet, String to, String instead) {
        String keyed = "userKey: [{cookie: user_id}]";
        String yaml = yaml(fleet, to, "30s", "2s");
        assertThat(yaml).contains(keyed);
        return yaml.replace(keyed, instead);
    }

    @Test
    void rollingWithoutUserKey_allIsWell_isPromotedThoughAllComeFromOneAddress() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1");
                Halftone halftone = Halftone.serve(folder, keyless(fleet, "v2", "salt: null"));
                Crowd crowd = new Crowd(halftone.web(), 200)) {
            awaitWaitsFor(halftone, "1 of 3 instances are updated; holds until");
            long stable = crowd.answers("v1 stable");
            long canary = crowd.answers("v2 canary");
            await().until(() -> crowd.answers("v1 stable") + crowd.answers("v2 canary") > stable + canary + 200);
            assertThat(crowd.answers("v2 canary") - canary)
                    .as("a third of the requests goes to a third of the instances")
                    .isBetween(30L, 110L);
            awaitPhase(halftone, "promoted");
            assertThat(fleet.versions()).containsOnly("v2");
            assertThat(crowd.bad()).isZero();
            assertThat(crowd.lost()).isZero();
        }
    }

    @Test
    void rollingWithoutUserKey_newVersionFails_isTakenBack() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1");
                Halftone halftone = Halftone.serve(folder, keyless(fleet, "bad", "salt: null"));
                Crowd crowd = new Crowd(halftone.web(), 200)) {
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText()).startsWith("too-many-errors: ");
            awaitAllBack(halftone);
            assertThat(crowd.lost()).isZero();
        }
    }

    @Test
    void rollingByClientAddress_allComeFromOne_saysWhatItWaitsFor() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1");
                Halftone halftone = Halftone.serve(folder, keyless(fleet, "v2", "onMissingKey: clientIp"));
                Crowd crowd = new Crowd(halftone.web(), 200)) {
            awaitWaitsFor(
                    halftone,
                    " requests of the last 5 s are about 1 user's, as each address is one: give a userKey, or onMissingKey:"
                            + " eachRequest");
            assertThat(Halftone.run(folder, "status", "--admin", "http://127.0.0.1:" + halftone.admin())
                            .out())
                    .contains("about 1 user's, as each address is one");
            assertThat(crowd.bad()).isZero();
        }
    }

    @Test
    void rolling_newVersionFails_isUndoneInstanceByInstance() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1");
                Halftone halftone = Halftone.serve(folder, yaml(fleet, "bad", "30s", "60s"));
                Crowd crowd = new Crowd(halftone.web(), 200)) {
            awaitPhase(halftone, "rolledBack");
            assertThat(ratio(halftone)).isZero();
            assertThat(halftone.route().get("reason").asText()).startsWith("too-many-errors: ");
            long bad = crowd.bad();
            await().until(() -> fleet.calls().equals(calls(fleet, "update 0", "undo 0")));
            awaitAllBack(halftone);
            assertThat(fleet.versions()).containsOnly("v1");
            long before = crowd.all();
            await().until(() -> crowd.all() > before + 500);
            // What was under way when the rollback was seen.
            assertThat(crowd.bad() - bad).isLessThanOrEqualTo(10);
            assertThat(crowd.lost()).isZero();
            assertThat(halftone.route().get("phase").asText()).isEqualTo("rolledBack");
        }
    }

    @Test
    void rolling_operatorRollsBackLate_undoesTheLastFirst() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1");
                Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "1s"));
                Crowd crowd = new Crowd(halftone.web(), 300)) {
            awaitPhase(halftone, "promoted");
            assertThat(halftone.call("POST", "/api/v1/routes/shop/rollback", "").statusCode())
                    .isEqualTo(200);
            awaitWaitsFor(halftone, "undoing " + at(fleet, 2));
            awaitAllBack(halftone);
            assertThat(fleet.calls())
                    .isEqualTo(calls(fleet, "update 0", "update 1", "update 2", "undo 2", "undo 1", "undo 0"));
            assertThat(fleet.versions()).containsOnly("v1");
            assertThat(crowd.bad()).isZero();
            assertThat(crowd.lost()).isZero();
        }
    }

    @Test
    void rolling_hookFails_takesBackWhatItTouched() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1");
                Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "2s"));
                Crowd crowd = new Crowd(halftone.web(), 100)) {
            awaitWaitsFor(halftone, "1 of 2 instances are updated");
            fleet.spoil("fail", "update");
            awaitPhase(halftone, "rolledBack");
            assertThat(halftone.route().get("reason").asText())
                    .isEqualTo("update: " + at(fleet, 1) + ": the command ended with status 1: no");
            awaitAllBack(halftone);
            assertThat(fleet.calls()).isEqualTo(calls(fleet, "update 0", "update 1", "undo 1", "undo 0"));
            assertThat(fleet.versions()).containsOnly("v1");
            assertThat(crowd.bad()).isZero();
            assertThat(crowd.lost()).isZero();
        }
    }

    @Test
    void rolling_hookHangs_isKilledAndTheInstanceComesBack() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1")) {
            fleet.spoil("hang", "update");
            try (Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "1s", "2s"))) {
                awaitPhase(halftone, "rolledBack");
                assertThat(halftone.route().get("reason").asText())
                        .contains("the command did not end within 1000 ms and was killed");
                awaitAllBack(halftone);
                assertThat(fleet.calls()).isEqualTo(calls(fleet, "update 0", "undo 0"));
            }
        }
    }

    @Test
    void rolling_hookSaysWait_isAskedAgain() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1")) {
            fleet.spoil("wait", "update");
            try (Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "1s"));
                    Crowd crowd = new Crowd(halftone.web(), 100)) {
                awaitWaitsFor(halftone, "the command says wait: not yet");
                await().until(() -> fleet.calls().size() > 1);
                assertThat(ratio(halftone)).isZero();
                fleet.mend("wait", "update");
                awaitPhase(halftone, "promoted");
                assertThat(crowd.bad()).isZero();
            }
        }
    }

    @Test
    void rolling_killedInTheHookAndInTheHold_goesOn() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1")) {
            fleet.spoil("hang", "update");
            try (Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "3s"))) {
                await().until(() -> fleet.calls().size() == 1);
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 100)) {
                assertThat(waitsFor(halftone)).startsWith("updating " + at(fleet, 0));
                // The one that is being updated gets nothing, from the first request on.
                await().until(() -> fleet.calls().size() == 2);
                fleet.mend("hang", "update");
                awaitWaitsFor(halftone, "1 of 2 instances are updated; holds until");
                assertThat(ratio(halftone)).isEqualTo(50);
                assertThat(crowd.bad()).isZero();
                assertThat(crowd.lost()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 100)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("progressing");
                assertThat(ratio(halftone)).isEqualTo(50);
                awaitPhase(halftone, "promoted");
                assertThat(crowd.bad()).isZero();
                assertThat(crowd.answers("v1 canary")).isZero();
                assertThat(fleet.versions()).containsOnly("v2");
                assertThat(fleet.calls()).isEqualTo(calls(fleet, "update 0", "update 0", "update 1"));
            }
        }
    }

    @Test
    void rolling_killedInTheUndo_undoesTheRest() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1")) {
            try (Halftone halftone = Halftone.serve(folder, yaml(fleet, "v2", "30s", "60s"));
                    Crowd crowd = new Crowd(halftone.web(), 50)) {
                awaitWaitsFor(halftone, "1 of 2 instances are updated");
                fleet.spoil("wait", "undo");
                assertThat(halftone.call("POST", "/api/v1/routes/shop/abort", "")
                                .statusCode())
                        .isEqualTo(200);
                awaitWaitsFor(halftone, "undoing " + at(fleet, 0) + ": waits for its hook: the command says wait");
                assertThat(crowd.bad()).isZero();
                halftone.kill9();
            }
            try (Halftone halftone = Halftone.start(folder);
                    Crowd crowd = new Crowd(halftone.web(), 50)) {
                assertThat(halftone.route().get("phase").asText()).isEqualTo("aborted");
                assertThat(ratio(halftone)).isZero();
                await().until(() -> crowd.answers("v1 stable") > 50);
                fleet.mend("wait", "undo");
                awaitAllBack(halftone);
                assertThat(fleet.versions()).containsOnly("v1");
                assertThat(halftone.route().get("phase").asText()).isEqualTo("aborted");
                assertThat(crowd.answers("v2 stable"))
                        .as("users on an instance to be undone")
                        .isZero();
                assertThat(crowd.bad()).isZero();
                assertThat(crowd.lost()).isZero();
            }
        }
    }

    @Test
    void example_rolling_runs() throws Exception {
        Path root = Path.of(System.getProperty("user.dir")).resolve("..").normalize();
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1")) {
            Files.createDirectory(folder.resolve("rolling"));
            Files.createLink(folder.resolve("rolling/update.sh"), folder.resolve("fleet/version.sh"));
            String yaml = Files.readString(root.resolve("config/rolling.yaml"))
                    .replace("127.0.0.1:9901", "127.0.0.1:0")
                    .replace("127.0.0.1:8080", "127.0.0.1:0")
                    .replace("127.0.0.1:8081", at(fleet, 0))
                    .replace("127.0.0.1:8082", at(fleet, 1))
                    .replace("127.0.0.1:8083", at(fleet, 2))
                    .replace("/healthz", "/version");
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Crowd crowd = new Crowd(halftone.web(), 100)) {
                awaitWaitsFor(halftone, "1 of 3 instances are updated; holds until");
                assertThat(ratio(halftone)).isEqualTo(33);
                assertThat(Halftone.run(folder, "status", "--admin", "http://127.0.0.1:" + halftone.admin())
                                .out())
                        .contains("plan: step 1 of 3; 1 of 3 instances are updated");
                assertThat(Halftone.run(folder, "check", "-c", "halftone.yaml").status())
                        .isZero();
                assertThat(crowd.bad()).isZero();
            }
        }
    }
}
