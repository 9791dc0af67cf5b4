package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.RolloutSettings;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases with a plan on the control thread, in made-up time. */
class PlanControlTest {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final String STEPS = "steps: [{ratio: 10, hold: 3s}, {ratio: 50, hold: 3s}, {ratio: 100, hold: 3s}]";

    @TempDir
    Path folder;

    private final OutcomeWindow window = new OutcomeWindow();
    private final OutcomeShard shard = window.newShard();
    private final ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
    private final List<OutsideGates.Waiting> asked = new ArrayList<>();
    private final List<String> warmed = new ArrayList<>();
    private final OutsideGates gates = new OutsideGates() {
        @Override
        public void attend(Waiting waiting, long nowMillis) {
            asked.add(waiting);
        }

        @Override
        public void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {
            warmed.add(stable.name());
        }
    };
    private long nowNanos = SLICE_NANOS;
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

    private void restart(Settings settings) throws IOException {
        close();
        open();
        controller.configure(settings, nowMillis());
    }

    private static Settings settings(String plan) {
        String yaml = """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary:
                      {upstream: v2, release: r1, userKey: [{cookie: u}], %s, analysis: {minRequests: 20, window: 5s,
                       checks: [{name: errors, metric: errorRate, detector: threshold, max: 5%%}]}}
                """.formatted(plan);
        return ((ConfigLoader.Result.Loaded) ConfigLoader.parse("t.yaml", yaml)).settings();
    }

    private long nowMillis() {
        return nowNanos / 1_000_000;
    }

    private Ratio routed() {
        Route route = Objects.requireNonNull(routing.get().route("shop"));
        return Objects.requireNonNull(route.gray()).ratio();
    }

    private RolloutState state() {
        return Objects.requireNonNull(controller.status().get(0).state());
    }

    private PlanStatus plan() {
        return Objects.requireNonNull(controller.status().get(0).plan());
    }

    private void tick(int requests, int errors) {
        Route route = Objects.requireNonNull(routing.get().route("shop"));
        Choice choice = new Choice(route, Version.CANARY, Reason.RATIO, null, true);
        for (int i = 0; i < requests; i++) {
            shard.record(choice, i < errors ? Outcome.ERROR : Outcome.SUCCESS, i < errors ? 500 : 200, 1_000_000);
        }
        nowNanos += SLICE_NANOS;
        controller.tick(nowNanos, nowMillis());
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick(20, 0);
        }
    }

    @Test
    void configure_firstStep_isInTheFirstTable() {
        controller.configure(settings(STEPS), nowMillis());

        assertThat(routed()).isEqualTo(new Ratio(1000));
        assertThat(plan().step()).isEqualTo(1);
        assertThat(plan().steps()).isEqualTo(3);
        assertThat(Objects.requireNonNull(store.states().get("shop")).state().ratio())
                .isEqualTo(new Ratio(1000));
    }

    @Test
    void tick_stepsPass_eachIsRoutedAndStored() {
        controller.configure(settings(STEPS), nowMillis());
        ticks(2);
        assertThat(routed()).isEqualTo(new Ratio(1000));
        ticks(1);
        assertThat(routed()).isEqualTo(new Ratio(5000));
        ticks(3);
        assertThat(routed()).isEqualTo(Ratio.ALL);
        assertThat(warmed).contains("v1");
        ticks(3);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(Objects.requireNonNull(store.states().get("shop")).state().phase())
                .isEqualTo(Phase.PROMOTED);
    }

    @Test
    void tick_samplesOfTheStepBefore_doNotCountForTheNext() {
        controller.configure(settings(STEPS), nowMillis());
        tick(500, 0);
        ticks(2);
        assertThat(plan().step()).isEqualTo(2);
        for (int i = 0; i < 4; i++) {
            tick(4, 0);
        }
        assertThat(plan().step()).isEqualTo(2);
        assertThat(plan().waitsFor()).isEqualTo("step 2 of 3 has 16 of 20 canary requests");
        tick(4, 0);
        assertThat(plan().step()).isEqualTo(3);
    }

    @Test
    void tick_breachAtTheSecondStep_rollsBack() {
        controller.configure(settings(STEPS), nowMillis());
        ticks(3);
        tick(100, 100);
        assertThat(routed()).isEqualTo(Ratio.NONE);
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        ticks(20);
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
    }

    @Test
    void restart_withinAStep_goesOnAndGathersItsSamplesAnew() throws IOException {
        controller.configure(settings(STEPS), nowMillis());
        ticks(5);
        assertThat(plan().step()).isEqualTo(2);
        restart(settings(STEPS));
        assertThat(routed()).isEqualTo(new Ratio(5000));
        nowNanos += 60 * SLICE_NANOS;
        tick(0, 0);
        assertThat(plan().step()).isEqualTo(2);
        assertThat(plan().waitsFor()).startsWith("step 2 of 3 has 0 of 20 canary requests");
        ticks(1);
        assertThat(plan().step()).isEqualTo(3);
    }

    @Test
    void submit_newRelease_isAtItsFirstStepAtOnce() {
        controller.configure(settings(STEPS), nowMillis());
        ticks(4);
        controller.submit("shop", new RolloutEvent.StartRelease("r2", "op", ""), nowMillis());
        assertThat(routed()).isEqualTo(new Ratio(1000));
        assertThat(plan().step()).isEqualTo(1);
    }

    @Test
    void tick_atTheSmokeGate_asksEachSecondAndSwitchesWhenItOpens() throws IOException {
        String blueGreen = "strategy: blueGreen, blueGreen: {smoke: [{path: /ok}], watch: 3s}";
        controller.configure(settings(blueGreen), nowMillis());
        assertThat(routed()).isEqualTo(Ratio.NONE);
        tick(0, 0);
        tick(0, 0);
        assertThat(asked).hasSize(2);
        assertThat(asked.get(0).gate()).isEqualTo("smoke");
        assertThat(asked.get(0).canary().name()).isEqualTo("v2");
        restart(settings(blueGreen));
        tick(0, 0);
        assertThat(asked).hasSize(3);
        assertThat(asked.get(2).sinceMillis())
                .as("its time counts from the first question")
                .isEqualTo(asked.get(0).sinceMillis());
        controller.outside("shop", new RolloutEvent.GateOpened("r1", "smoke"), nowMillis());
        assertThat(routed()).isEqualTo(Ratio.ALL);
        ticks(3);
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
    }

    @Test
    void tick_nothingCountsForAMinute_isSaidUntilSomethingDoes() {
        controller.configure(settings("steps: [{ratio: 10, hold: 1s}, {ratio: 100}]"), nowMillis());
        for (int i = 0; i < 59; i++) {
            tick(0, 0);
        }
        assertThat(plan().waitsFor()).endsWith("has 0 of 20 canary requests");
        tick(0, 0);
        tick(0, 0);
        assertThat(plan().waitsFor())
                .endsWith(
                        "has 0 of 20 canary requests; for a minute no request has counted: none came, none had a user key, or rules"
                                + " took them");
        tick(1, 0);
        assertThat(plan().waitsFor()).endsWith("has 1 of 20 canary requests");
    }

    @Test
    void outside_forAnUnknownRoute_isIgnored() {
        controller.configure(settings(STEPS), nowMillis());
        controller.outside("nope", new RolloutEvent.GateFailed("r1", "smoke", "no"), nowMillis());
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
    }
}
