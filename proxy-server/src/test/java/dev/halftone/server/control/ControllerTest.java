package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.EmbeddedStore;
import dev.halftone.server.store.StateStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerTest {
    private static final long SLICE_NANOS = 1_000_000_000L;

    @TempDir
    Path folder;

    private final OutcomeWindow window = new OutcomeWindow();
    private final OutcomeShard shard = window.newShard();
    private final ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
    private long nowNanos = SLICE_NANOS;
    private Spy store = new Spy();
    private Controller controller = new Controller(routing, window, store, OutsideGates.NONE);

    /** The real store, which can be made to fail, and which remembers what was routed when it was asked to write. */
    private final class Spy implements StateStore {
        private @Nullable EmbeddedStore real;
        private boolean failing;
        private final List<Ratio> routedWhenWritten = new ArrayList<>();

        private EmbeddedStore real() {
            return Objects.requireNonNull(real);
        }

        @Override
        public Map<String, Stored> states() {
            return real().states();
        }

        @Override
        public List<Long> putAll(List<Change> changes) throws IOException {
            routedWhenWritten.add(ratio());
            if (failing) {
                throw new IOException("no space left");
            }
            return real().putAll(changes);
        }

        @Override
        public void append(List<AuditEvent> events) throws IOException {
            real().append(events);
        }

        @Override
        public List<Recorded> events(@Nullable String route, long after, int limit) {
            return real().events(route, after, limit);
        }

        @Override
        public List<Recorded> latestEvents(@Nullable String route, int limit) {
            return real().latestEvents(route, limit);
        }

        @Override
        public Closeable watch(Consumer<Recorded> watcher) {
            return real().watch(watcher);
        }

        @Override
        public Map<String, Long> marks() {
            return real().marks();
        }

        @Override
        public void marks(Map<String, Long> marks) throws IOException {
            real().marks(marks);
        }

        @Override
        public void close() throws IOException {
            real().close();
        }
    }

    @BeforeEach
    void openStore() throws IOException {
        store.real = EmbeddedStore.open(folder);
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    private static Settings settings(String release, int ratio) {
        String yaml = """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - {name: shop, stable: v1, canary: {upstream: v2, release: %s, userKey: [{cookie: u}], ratio: %d}}
                  - {name: plain, stable: v1}
                """.formatted(release, ratio);
        return ((ConfigLoader.Result.Loaded) ConfigLoader.parse("t.yaml", yaml)).settings();
    }

    private Route route() {
        return Objects.requireNonNull(routing.get().route("shop"));
    }

    private Ratio ratio() {
        Route route = routing.get().route("shop");
        return route == null || route.gray() == null ? Ratio.NONE : route.gray().ratio();
    }

    private RolloutState state() {
        return Objects.requireNonNull(controller.status().get(0).state());
    }

    private void tick(int requests, int errors) {
        Choice choice = new Choice(route(), Version.CANARY, Reason.RATIO, null, true);
        for (int i = 0; i < requests; i++) {
            shard.record(choice, i < errors ? Outcome.ERROR : Outcome.SUCCESS, i < errors ? 500 : 200, 1_000_000);
        }
        nowNanos += SLICE_NANOS;
        controller.tick(nowNanos, nowNanos / 1_000_000);
    }

    @Test
    void tick_breach_routesToStableBeforeTheStoreIsTouched() {
        controller.configure(settings("v2", 10), 1);
        tick(100, 0);
        store.routedWhenWritten.clear();
        tick(100, 100);
        assertThat(ratio()).isEqualTo(Ratio.NONE);
        assertThat(Objects.requireNonNull(route().gray()).open()).isFalse();
        assertThat(store.routedWhenWritten).containsExactly(Ratio.NONE);
        assertThat(state().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(controller.rollbacks()).containsEntry(new ControlLoop.RollbackKey("shop", "too-many-errors"), 1L);
    }

    @Test
    void tick_breach_isExplainedAlikeInStateAndTrailAndAfterARestart() throws IOException {
        controller.configure(settings("v2", 10), 1);
        tick(100, 0);
        tick(100, 100);
        RollbackStory story = story();
        assertThat(Objects.requireNonNull(story.check()).check()).isEqualTo("too-many-errors");
        assertThat(story.atMillis()).isEqualTo(nowNanos / 1_000_000);
        assertThat(story.sinceMillis()).isEqualTo((nowNanos - SLICE_NANOS) / 1_000_000);
        assertThat(story.harm()).isEqualTo(new RollbackStory.Harm(1, 100, 100, 0, 0, 100, 100, 100));
        assertThat(story.release().requests()).isEqualTo(200);
        assertThat(story.codes()).isEqualTo(Map.of("2xx", 100L, "5xx", 100L));
        assertThat(story.otherChecks()).extracting(RollbackStory.Judged::check).containsExactly("errors", "latency");
        assertThat(store.latestEvents("shop", 1).get(0).event().story()).isEqualTo(story);
        tick(0, 0);
        assertThat(story()).isEqualTo(story);
        store.close();
        store = new Spy();
        openStore();
        controller = new Controller(routing, window, store, OutsideGates.NONE);
        controller.configure(settings("v2", 50), 2);
        assertThat(story()).isEqualTo(story);
    }

    @Test
    void submit_anotherReleasesAnswers_areNotInTheStory() {
        controller.configure(settings("v2", 10), 1);
        tick(100, 60);
        controller.submit("shop", new RolloutEvent.StartRelease("v3", "op", ""), 2);
        tick(7, 1);
        controller.submit("shop", new RolloutEvent.Rollback("op", "enough"), nowNanos / 1_000_000);
        assertThat(story().check()).isNull();
        assertThat(story().codes()).isEqualTo(Map.of("2xx", 6L, "5xx", 1L));
        assertThat(story().release().requests()).isEqualTo(7);
    }

    private RollbackStory story() {
        RolloutState.Latch latch = state().latchOf(state().release());
        return Objects.requireNonNull(Objects.requireNonNull(latch).story());
    }

    @Test
    void tick_storeFails_rollbackHoldsAndIsStoredLater() {
        controller.configure(settings("v2", 10), 1);
        tick(0, 0);
        store.failing = true;
        tick(100, 100);
        assertThat(ratio()).isEqualTo(Ratio.NONE);
        assertThat(controller.status().get(0).stored()).isFalse();
        assertThat(Objects.requireNonNull(store.states().get("shop")).state().phase())
                .isEqualTo(Phase.PROGRESSING);
        store.failing = false;
        tick(0, 0);
        assertThat(controller.status().get(0).stored()).isTrue();
        assertThat(Objects.requireNonNull(store.states().get("shop")).state().phase())
                .isEqualTo(Phase.ROLLED_BACK);
        assertThat(store.latestEvents("shop", 1).get(0).event().action()).isEqualTo("rollback");
    }

    @Test
    void configure_afterRollbackAndRestart_staysAtZeroUntilANewRelease() throws IOException {
        controller.configure(settings("v2", 10), 1);
        tick(0, 0);
        tick(100, 100);
        store.close();
        store = new Spy();
        openStore();
        controller = new Controller(routing, window, store, OutsideGates.NONE);
        controller.configure(settings("v2", 50), 2);
        assertThat(ratio()).isEqualTo(Ratio.NONE);
        assertThat(state().wanted()).isEqualTo(new Ratio(5000));
        controller.configure(settings("v3", 20), 3);
        assertThat(ratio()).isEqualTo(new Ratio(2000));
        tick(100, 0);
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
    }

    @Test
    void configure_operatorsRatio_isKeptThroughAReload() {
        controller.configure(settings("v2", 10), 1);
        controller.submit("shop", new RolloutEvent.SetRatio(new Ratio(4200), "op", ""), 2);
        controller.configure(settings("v2", 15), 3);
        assertThat(ratio()).isEqualTo(new Ratio(4200));
        controller.submit("shop", new RolloutEvent.Resume("op", ""), 4);
        assertThat(ratio()).isEqualTo(new Ratio(1500));
    }

    @Test
    void configure_unchangedUpstream_staysTheSameObject() {
        controller.configure(settings("v2", 10), 1);
        Object before = route().stable();
        controller.configure(settings("v2", 11), 2);
        assertThat(route().stable()).isSameAs(before);
    }

    @Test
    void tick_oldReleasesLateErrors_doNotHitTheNewOne() {
        controller.configure(settings("v2", 10), 1);
        Choice old = new Choice(route(), Version.CANARY, Reason.RATIO, null, true);
        controller.submit("shop", new RolloutEvent.StartRelease("v3", "op", ""), 2);
        for (int i = 0; i < 500; i++) {
            shard.record(old, Outcome.ERROR, 500, 1);
        }
        tick(60, 0);
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(controller.status().get(0).canary().errors()).isZero();
    }
}
