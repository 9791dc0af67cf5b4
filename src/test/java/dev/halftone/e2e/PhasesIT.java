package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The phases of each strategy in which the packaged program is killed with -9, real nginx instances and made-up users about it: it
 * stands again where it stood, goes on or stays held as docs/strategies.md says, and loses nobody's request while it runs. What other
 * tests kill is not killed again: a hold, a gate, an operator's ratio, smoke requests ({@link StrategiesIT}), a hook of beforeStep
 * ({@link HooksIT}), the update, the undo and the hold of an instance ({@link RollingIT}), all of an A/B test ({@link AbTestIT}).
 */
class PhasesIT {
    @TempDir
    Path folder;

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(20));
    }

    private static boolean isPhase(JsonNode route, String phase) {
        return route.get("phase").asText().equals(phase);
    }

    private static boolean isAt(JsonNode route, int ratio) {
        return isPhase(route, "progressing") && route.get("ratio").asInt() == ratio;
    }

    private static boolean waitsFor(JsonNode route, String words) {
        return route.at("/plan/waitsFor").asText().contains(words);
    }

    /** Whether it is this instance's turn, at this stage. */
    private static boolean isTurn(JsonNode route, int instance, String stage) {
        return route.at("/instances/each/" + instance + "/turn/stage").asText().equals(stage);
    }

    /** A release that is played to its end, and killed again and again on the way. */
    private final class Play implements AutoCloseable {
        private final IntFunction<Load> loads;
        private Halftone halftone;
        private Load load;
        private boolean fails;

        /** @param loads users of a port */
        Play(String yaml, IntFunction<Load> loads) throws IOException {
            Files.writeString(folder.resolve("halftone.yaml"), yaml);
            this.loads = loads;
            start();
        }

        private void start() throws IOException {
            // It starts soonest so.
            halftone = Halftone.start(folder, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
            load = null;
        }

        /** Users come, until it is killed. */
        void users() {
            load = loads.apply(halftone.web());
        }

        /** Somebody whose answer has begun and takes half a minute, so that the instance drains until it is killed. */
        Wire reads(String path) throws IOException {
            Wire wire = new Wire(halftone.web());
            String head =
                    wire.send("GET " + path + " HTTP/1.1\r\nHost: shop\r\n\r\n").readHead();
            assertThat(head).startsWith("HTTP/1.1 200");
            return wire;
        }

        /** From here on the new version fails, so bad answers are its own, until the next kill. */
        void failing() {
            fails = true;
        }

        void command(String name) throws Exception {
            assertThat(halftone.call("POST", "/api/v1/routes/shop/" + name, "").statusCode())
                    .isEqualTo(200);
        }

        void until(Predicate<JsonNode> reached) {
            await().until(() -> reached.test(halftone.route()));
        }

        /** Kills it in that phase, and starts it again: it must stand where it stood. */
        void killed(String when, Predicate<JsonNode> reached) throws Exception {
            until(reached);
            if (load != null) {
                load.close();
            }
            List<String> before = standing(halftone.route());
            assertNothingLost(when);
            halftone.kill9();
            fails = false;
            start();
            assertThat(standing(halftone.route())).as("killed %s", when).isEqualTo(before);
        }

        private void assertNothingLost(String when) {
            assertThat(load == null || fails ? 0 : load.bad())
                    .as("bad answers until it was killed %s", when)
                    .isZero();
            assertThat(load == null ? 0 : load.lost())
                    .as("lost connections until it was killed %s", when)
                    .isZero();
        }

        /** Users go where the release ended, and nowhere else. */
        void ends(String answer) {
            try (Users users = new Users(halftone.web(), 2)) {
                await().until(() -> users.all() > 200);
                assertThat(users.others(answer)).isZero();
                assertThat(users.lost()).isZero();
            }
        }

        @Override
        public void close() {
            if (load != null) {
                load.close();
            }
            halftone.close();
        }
    }

    /** All that must be as before. Which stage an instance is at is not: it may have gone on by the time it is asked. */
    private static List<String> standing(JsonNode route) {
        List<String> standing = new ArrayList<>();
        for (String name : List.of("release", "phase", "ratio", "step", "held")) {
            standing.add(name + ": " + route.get(name));
        }
        standing.add("since: " + route.at("/plan/since"));
        for (JsonNode instance : route.at("/instances/each")) {
            JsonNode turn = instance.get("turn");
            standing.add(instance.get("instance") + ": updated " + instance.get("updated") + ", turn "
                    + (turn.isNull() ? "none" : "undo " + turn.get("undo")));
        }
        return standing;
    }

    /** Hooks that say wait until {@link #approve}. */
    private String approvals() throws IOException {
        Path file = folder.resolve("approval.sh");
        Files.writeString(file, """
                #!/bin/sh
                test -e approved-$HALFTONE_HOOK-$HALFTONE_STEP || { echo not approved; exit 75; }
                """);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        String hook = "{when: %s, command: [./approval.sh], every: 200ms}";
        return "hooks: [" + hook.formatted("beforeStep") + ", " + hook.formatted("afterStep") + "]\n";
    }

    private void approve(String when, int step) throws IOException {
        Files.writeString(folder.resolve("approved-" + when + "-" + step), "");
    }

    private static boolean waitsForHook(JsonNode route, String hook) {
        return waitsFor(route, "waits for hook " + hook + ": the command says wait: not approved");
    }

    /** What happens on two real nginx instances, of which the second is the new version. */
    private interface Scene {
        void on(Play play, Nginx canary) throws Exception;
    }

    private void play(String plan, String newVersion, Scene scene) throws Exception {
        try (Nginx stable = Nginx.start(folder, StrategiesIT.STABLE);
                Nginx canary = Nginx.start(folder, newVersion);
                Play play =
                        new Play(StrategiesIT.yaml(stable.port(), canary.port(), plan), port -> new Users(port, 4))) {
            play.users();
            scene.on(play, canary);
        }
    }

    /** The new version fails once it has so many users: it is taken back, and stays so. */
    private void playFailure(String plan, String newVersion, int ratio) throws Exception {
        play(plan, newVersion, (play, canary) -> {
            play.until(route -> isAt(route, ratio));
            play.failing();
            canary.become(StrategiesIT.BROKEN);
            play.killed("when rolled back", route -> isPhase(route, "rolledBack"));
            play.ends("stable");
        });
    }

    @Test
    void preset_killedInEachPhase_isPromoted() throws Exception {
        approve("beforeStep", 1);
        play("steps: canary20percent1second\n" + approvals(), StrategiesIT.CANARY, (play, canary) -> {
            play.killed("within a hold", route -> isAt(route, 20));
            // The hold's time went on, samples begin anew.
            play.until(route -> waitsFor(route, "step 1 of 2 has 0 of 20 canary requests"));
            play.users();
            play.killed("waiting for a hook", route -> waitsForHook(route, "afterStep"));
            approve("afterStep", 1);
            approve("beforeStep", 2);
            play.users();
            play.killed("while everybody is watched", route -> isAt(route, 100));
            play.until(route -> waitsFor(route, "step 2 of 2 has 0 of 20 canary requests"));
            play.users();
            play.until(route -> waitsForHook(route, "afterStep"));
            approve("afterStep", 2);
            play.killed("when promoted", route -> isPhase(route, "promoted"));
            play.ends("canary");
        });
    }

    @Test
    void steps_killedWhilePausedByAnOperatorAndWhenAborted_staysSo() throws Exception {
        String plan = "steps: [{ratio: 30, hold: 60s}, {ratio: 100, hold: 60s}]\n";
        play(plan, StrategiesIT.CANARY, (play, canary) -> {
            play.command("pause");
            play.killed("while paused", route -> isPhase(route, "paused"));
            play.until(route -> waitsFor(route, "paused; resume takes up the plan"));
            play.users();
            play.command("resume");
            play.until(route -> isAt(route, 30));
            play.command("abort");
            play.killed("when aborted", route -> isPhase(route, "aborted"));
            play.ends("stable");
        });
    }

    private static final String AUTO =
            "steps: auto\nauto: {min: 5, look: %s, watch: %s, factor: 10, harmBudget: 1000}\n";

    @Test
    void auto_killedInEachPhase_isPromoted() throws Exception {
        // Long enough to be seen and killed within, however busy the machine is.
        play(AUTO.formatted("4s", "5s"), StrategiesIT.CANARY, (play, canary) -> {
            play.killed("within a look", route -> isAt(route, 5));
            play.until(route -> waitsFor(route, "has 0 of 20 canary requests at 5 %"));
            play.users();
            play.killed("while everybody is watched", route -> isAt(route, 100));
            play.users();
            play.killed("when promoted", route -> isPhase(route, "promoted"));
            play.ends("canary");
        });
    }

    @Test
    void auto_newVersionFails_killedWhenRolledBack_staysSo() throws Exception {
        playFailure(AUTO.formatted("1s", "2s"), StrategiesIT.CANARY, 50);
    }

    @Test
    void blueGreen_killedInEachPhase_isPromoted() throws Exception {
        String plan = StrategiesIT.BLUE_GREEN.formatted("10m", "1s") + approvals();
        play(plan, StrategiesIT.READY, (play, canary) -> {
            play.killed("waiting for a hook", route -> waitsForHook(route, "beforeStep"));
            approve("beforeStep", 2);
            play.users();
            play.killed("while everybody is watched", route -> isAt(route, 100));
            play.until(route -> waitsFor(route, "has 0 of 20 canary requests"));
            approve("afterStep", 2);
            play.users();
            play.killed("when promoted", route -> isPhase(route, "promoted"));
            play.ends("canary");
        });
    }

    @Test
    void blueGreen_newVersionFails_killedWhenRolledBack_staysSo() throws Exception {
        playFailure(StrategiesIT.BLUE_GREEN.formatted("10m", "60s"), StrategiesIT.READY, 100);
    }

    private static String rolling(NginxFleet fleet, String to) {
        String yaml = RollingIT.yaml(fleet, to, "30s", "1s");
        String asked = yaml.replace("health: {path: /version}", "health: {path: /well}");
        assertThat(asked).isNotEqualTo(yaml);
        String watched = asked.replace("watch: 2s", "watch: 5s");
        assertThat(watched).isNotEqualTo(asked);
        return watched;
    }

    @Test
    void rolling_killedInEachPhase_isPromoted() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1")) {
            fleet.stop(1);
            try (Play play = new Play(rolling(fleet, "v2"), port -> new Crowd(port, 100))) {
                play.killed(
                        "before the first is taken out", route -> waitsFor(route, "another instance is well: none is"));
                play.until(route -> waitsFor(route, "another instance is well: none is"));
                fleet.well(0, false);
                play.users();
                Wire reader = play.reads("/long");
                fleet.start(1, "v1");
                play.killed("while one drains", route -> isTurn(route, 0, "drain"));
                reader.close();
                play.users();
                play.killed("waiting for health", route -> isTurn(route, 0, "health"));
                play.until(route -> waitsFor(route, "waits until it is well: "));
                assertThat(fleet.versions()).containsExactly("v2", "v1");
                fleet.well(0, true);
                play.users();
                play.until(route -> isAt(route, 50));
                play.command("pause");
                play.killed("while paused", route -> isPhase(route, "paused"));
                play.until(route -> waitsFor(route, "paused; resume takes up the plan"));
                play.users();
                play.command("resume");
                play.killed(
                        "while everybody is watched",
                        route -> waitsFor(route, "2 of 2 instances are updated; holds until"));
                play.users();
                play.killed("when promoted", route -> isPhase(route, "promoted"));
                play.ends("v2 canary");
                assertThat(fleet.calls())
                        .filteredOn(call -> call.startsWith("undo"))
                        .isEmpty();
            }
        }
    }

    @Test
    void rolling_newVersionFails_killedWhenRolledBack_staysSo() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 2, "v1");
                Play play = new Play(rolling(fleet, "bad"), port -> new Crowd(port, 200))) {
            play.users();
            play.failing();
            play.until(route -> isPhase(route, "rolledBack"));
            play.killed(
                    "when undone",
                    route -> route.at("/instances/undoing").isBoolean()
                            && !route.at("/instances/undoing").asBoolean());
            List<String> calls = fleet.calls();
            play.ends("v1 stable");
            assertThat(fleet.versions()).containsOnly("v1");
            assertThat(fleet.calls()).isEqualTo(calls);
        }
    }
}
