package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.halftone.core.Ratio;
import dev.halftone.core.endpoint.InstanceReport;
import dev.halftone.core.rollout.Fleet;
import dev.halftone.core.rollout.Fleet.Stage;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.RolloutSettings.Rolling;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import dev.halftone.server.notify.CommandCall.Command;
import dev.halftone.server.notify.HookCall.Otherwise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done to the instance whose turn it is: real commands and a real instance, a data plane that says what the test wants. */
class RollingTurnsTest {
    @TempDir
    Path folder;

    private final List<RolloutEvent> events = new CopyOnWriteArrayList<>();
    private final RollingTurns turns = new RollingTurns((route, event) -> events.add(event));
    private volatile InstanceReport report = new InstanceReport(0, true, 1);
    private volatile int status = 200;
    private HttpServer server;
    private Upstream upstream;
    private String instance;
    private String update = "echo $HALFTONE_HOOK $HALFTONE_INSTANCE $HALFTONE_STEP $HALFTONE_RATIO >> calls";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/up", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        Endpoint endpoint = new Endpoint("127.0.0.1", server.getAddress().getPort(), 1);
        instance = endpoint.toString();
        upstream = new Upstream(
                "shop",
                List.of(endpoint, new Endpoint("127.0.0.1", 1, 1)),
                Upstream.LoadBalancing.RANDOM,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Upstream.Pool.DEFAULT);
        turns.instances((of, asked) -> CompletableFuture.completedFuture(report));
    }

    @AfterEach
    void stop() {
        turns.close();
        server.stop(0);
    }

    private Hook hook(String name, String script) {
        Command command = new Command(List.of("sh", "-c", script), folder, Duration.ofSeconds(20), Otherwise.FAIL);
        return new Hook(name, name, new Call.Program(command), Duration.ofSeconds(60), Duration.ofSeconds(5));
    }

    private void turn(Stage stage, boolean undo, long sinceMillis, long nowMillis) {
        Turn turn = new Turn(instance, undo, stage, sinceMillis, "");
        Fleet fleet = new Fleet("v2", 2, List.of(), turn, undo);
        Rolling rolling = new Rolling(
                hook("update", update),
                hook("undo", "echo undo >> calls"),
                Duration.ofSeconds(30),
                new SmokeRequest("/up", 200, Duration.ofSeconds(5)),
                Duration.ofSeconds(60));
        turns.turn(new OutsideGates.TurnOf("shop", fleet, turn, 1, new Ratio(5000), upstream, rolling), nowMillis);
    }

    private RolloutEvent event(int number) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> events.size() >= number);
        return events.get(number - 1);
    }

    private RolloutEvent opened(String what) {
        return new GateOpened("v2", what + " " + instance);
    }

    @Test
    void ready_onlyWhileAnotherIsWell() {
        report = new InstanceReport(0, true, 0);
        turn(Stage.READY, false, 0, 0);
        assertThat(event(1)).isEqualTo(new GateWaits("v2", "ready " + instance, "none is"));
        report = new InstanceReport(0, true, 1);
        turn(Stage.READY, false, 0, 1000);
        assertThat(event(2)).isEqualTo(opened("ready"));
    }

    @Test
    void drain_waitsForWhatIsUnderWayAndNoLonger() {
        report = new InstanceReport(3, true, 1);
        turn(Stage.DRAIN, false, 0, 0);
        turn(Stage.DRAIN, false, 0, 29_999);
        assertThat(events).isEmpty();
        turn(Stage.DRAIN, false, 0, 30_500);
        assertThat(event(1)).isEqualTo(opened("drain"));
        report = new InstanceReport(0, true, 1);
        turn(Stage.DRAIN, false, 40_000, 40_000);
        assertThat(event(2)).isEqualTo(opened("drain"));
    }

    @Test
    void hook_isToldWhichInstanceAndAnswers() throws IOException {
        turn(Stage.HOOK, false, 0, 0);
        assertThat(event(1)).isEqualTo(opened("update"));
        assertThat(Files.readAllLines(folder.resolve("calls"))).containsExactly("update " + instance + " 1 50");
    }

    @Test
    void hook_fails_isSaid() {
        update = "echo no disk; exit 1";
        turn(Stage.HOOK, false, 0, 0);
        assertThat(event(1))
                .isEqualTo(new GateFailed("v2", "update " + instance, "the command ended with status 1: no disk"));
    }

    @Test
    void hook_saysWait_isAskedAgainAndOnceTheTimeIsOverForTheLastTime() {
        update = "echo x >> calls; exit 75";
        turn(Stage.HOOK, false, 0, 0);
        assertThat(event(1)).isInstanceOf(GateWaits.class);
        turn(Stage.HOOK, false, 0, 4999);
        assertThat(events).hasSize(1);
        turn(Stage.HOOK, false, 0, 60_000);
        assertThat(event(2))
                .isEqualTo(new GateFailed("v2", "update " + instance, "the command says wait, and 60 s are over"));
    }

    @Test
    void hook_undoWhileTheUpdateRuns_waitsForItsEnd() throws IOException {
        update = "while ! test -e go; do sleep 0.05; done; echo update >> calls";
        turn(Stage.HOOK, false, 0, 0);
        turn(Stage.HOOK, true, 100, 100);
        turn(Stage.HOOK, true, 100, 10_000);
        assertThat(folder.resolve("calls")).doesNotExist();
        Files.writeString(folder.resolve("go"), "");
        assertThat(event(1)).isEqualTo(opened("update"));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            turn(Stage.HOOK, true, 100, 11_000);
            return events.size() > 1;
        });
        assertThat(event(2)).isEqualTo(opened("undo"));
        assertThat(Files.readAllLines(folder.resolve("calls"))).containsExactly("update", "undo");
    }

    @Test
    void health_takesTheAnswerAndTheHealthChecks() {
        status = 503;
        turn(Stage.HEALTH, false, 0, 0);
        assertThat(((GateWaits) event(1)).why()).endsWith("/up answered 503 (expected: 200)");
        status = 200;
        report = new InstanceReport(0, false, 1);
        turn(Stage.HEALTH, false, 0, 1000);
        assertThat(((GateWaits) event(2)).why()).isEqualTo("its health checks do not pass yet");
        report = new InstanceReport(0, true, 1);
        turn(Stage.HEALTH, false, 0, 2000);
        assertThat(event(3)).isEqualTo(opened("health"));
        status = 503;
        turn(Stage.HEALTH, false, 3000, 63_000);
        assertThat(event(4)).isInstanceOf(GateFailed.class);
    }
}
