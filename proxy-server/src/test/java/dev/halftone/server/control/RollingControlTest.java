package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Fleet.Stage;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Sides;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.RolloutSettings;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rolling releases on the control thread, in made-up time: what is published of the instances, and what outlives the process. */
class RollingControlTest {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final Endpoint FIRST = new Endpoint("127.0.0.1", 1, 1);
    private static final Endpoint SECOND = new Endpoint("127.0.0.1", 2, 1);

    @TempDir
    Path folder;

    private final OutcomeWindow window = new OutcomeWindow();
    private final ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
    private OutsideGates.@Nullable TurnOf turn;
    private final OutsideGates gates = new OutsideGates() {
        @Override
        public void attend(Waiting waiting, long nowMillis) {}

        @Override
        public void turn(TurnOf of, long nowMillis) {
            turn = of;
        }

        @Override
        public void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {
            throw new IllegalStateException("nothing of a rolling release is kept warm");
        }
    };
    private long nowNanos = SECOND_NANOS;
    private EmbeddedStore store;
    private Controller controller;

    @BeforeEach
    void open() throws IOException {
        store = EmbeddedStore.open(folder);
        controller = new Controller(routing, window, store, gates);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static Settings settings() {
        String yaml = """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}, {address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary:
                      release: r1
                      strategy: rolling
                      rolling: {update: {command: [sh]}, undo: {command: [sh]}, health: {path: /}, hold: 3s, minRequests: 0}
                      analysis: {minRequests: 1, window: 5s, checks: []}
                """;
        return ((ConfigLoader.Result.Loaded) ConfigLoader.parse("t.yaml", yaml)).settings();
    }

    private void tick() {
        nowNanos += SECOND_NANOS;
        turn = null;
        controller.tick(nowNanos, nowNanos / 1_000_000);
    }

    private Gray gray() {
        Route route = Objects.requireNonNull(routing.get().route("shop"));
        return Objects.requireNonNull(route.gray());
    }

    private RolloutState state() {
        return Objects.requireNonNull(controller.status().get(0).state());
    }

    private OutsideGates.TurnOf turn() {
        return Objects.requireNonNull(turn);
    }

    private void open(Stage stage) {
        assertThat(turn().turn().stage()).isEqualTo(stage);
        RolloutEvent opened = new RolloutEvent.GateOpened("r1", turn().turn().gate());
        turn = null;
        controller.outside("shop", opened, nowNanos / 1_000_000);
    }

    private void updateFirst() {
        controller.configure(settings(), nowNanos / 1_000_000);
        tick();
        open(Stage.READY);
        open(Stage.DRAIN);
        open(Stage.HOOK);
        open(Stage.HEALTH);
    }

    @Test
    void turn_stageByStage_isPublishedBeforeItIsAttendedTo() {
        controller.configure(settings(), nowNanos / 1_000_000);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(), null));
        tick();
        assertThat(turn().upstream())
                .isSameAs(Objects.requireNonNull(routing.get().route("shop")).stable());
        open(Stage.READY);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(), FIRST));
        assertThat(turn().step()).isEqualTo(1);
        open(Stage.DRAIN);
        open(Stage.HOOK);
        open(Stage.HEALTH);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(FIRST), null));
        assertThat(gray().ratio()).isEqualTo(new Ratio(5000));
        assertThat(turn).isNull();
    }

    @Test
    void restart_whileOneIsOut_itIsOutInTheFirstTable() throws IOException {
        controller.configure(settings(), nowNanos / 1_000_000);
        tick();
        open(Stage.READY);
        open(Stage.DRAIN);
        close();
        open();
        controller.configure(settings(), nowNanos / 1_000_000);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(), FIRST));
        tick();
        assertThat(turn().turn().stage()).isEqualTo(Stage.HOOK);
    }

    @Test
    void rollback_atOnceNobodyIsSentToTheUpdatedOnes_andTheUndoGoesOnAfterARestart() throws IOException {
        updateFirst();
        controller.submit("shop", new RolloutEvent.Rollback("op", ""), nowNanos / 1_000_000);
        assertThat(gray().ratio()).isEqualTo(Ratio.NONE);
        assertThat(gray().open()).isFalse();
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(FIRST), null));
        close();
        open();
        controller.configure(settings(), nowNanos / 1_000_000);
        tick();
        assertThat(turn().turn().undo()).isTrue();
        open(Stage.READY);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(FIRST), FIRST));
        assertThat(Objects.requireNonNull(controller.status().get(0).plan()).waitsFor())
                .startsWith("undoing 127.0.0.1:1: drains");
        open(Stage.DRAIN);
        open(Stage.HOOK);
        open(Stage.HEALTH);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(), null));
        tick();
        assertThat(turn).isNull();
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
    }

    @Test
    void promoted_allInstancesAreAlike() {
        updateFirst();
        for (int i = 0; i < 5; i++) {
            tick();
        }
        assertThat(gray().ratio()).isEqualTo(Ratio.ALL);
        assertThat(turn().turn().instance()).isEqualTo(SECOND.toString());
        open(Stage.READY);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(FIRST), SECOND));
        open(Stage.DRAIN);
        open(Stage.HOOK);
        open(Stage.HEALTH);
        assertThat(gray().sides()).isEqualTo(new Sides(Set.of(FIRST, SECOND), null));
        controller.submit("shop", new RolloutEvent.Promote("op", ""), nowNanos / 1_000_000);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(gray().sides()).isNull();
    }
}
