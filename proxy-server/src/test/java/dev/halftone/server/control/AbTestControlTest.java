package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Outcome;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.Reported;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.EmbeddedStore;
import dev.halftone.server.store.StateStore.Recorded;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A/B tests on the control thread, in made-up time: who is counted, what is kept, what a restart finds. */
class AbTestControlTest {
    private static final String HALVES =
            "variants: [{name: a, upstream: v1, share: 50}, {name: b, upstream: v2, share: 50}]";
    private static final String THIRDS = "variants: [{name: a, upstream: v1, share: 40}, {name: b, upstream: v2, share:"
            + " 30}, {name: c, upstream: v2, share: 30}]";

    @TempDir
    Path folder;

    private final ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
    private long nowNanos = 1_000_000_000_000L;
    private OutcomeWindow window = new OutcomeWindow();
    private OutcomeShard shard = window.newShard();
    private EmbeddedStore store;
    private Controller controller;

    @BeforeEach
    void open() throws IOException {
        store = EmbeddedStore.open(folder);
        window = new OutcomeWindow();
        shard = window.newShard();
        controller = new Controller(routing, window, store, OutsideGates.NONE);
    }

    @AfterEach
    void close() throws IOException {
        controller.close();
        store.close();
    }

    private static Settings settings(String variants, String goal) {
        String yaml = """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - {name: other, match: {hosts: [other]}, stable: v1}
                  - name: shop
                    stable: v1
                    customMetrics: {names: [ad, click], header: X-Report}
                    canary:
                      release: r1
                      userKey: [{cookie: u}]
                      strategy: abTest
                      %s
                      goal: {metric: "custom:click", direction: up, minUsers: 100, minDuration: 0s, %s}
                      analysis: {checks: []}
                """.formatted(variants, goal);
        return ((ConfigLoader.Result.Loaded) ConfigLoader.parse("t.yaml", yaml)).settings();
    }

    private long nowMillis() {
        return nowNanos / 1_000_000;
    }

    private void tick() {
        nowNanos += 1_000_000_000L;
        controller.tick(nowNanos, nowMillis());
    }

    private RouteStatus status() {
        return controller.status().get(1);
    }

    private RolloutState state() {
        return Objects.requireNonNull(status().state());
    }

    private ExperimentStatus experiment() {
        return Objects.requireNonNull(status().experiment());
    }

    private Finding.ArmFinding arm(int number) {
        return experiment().finding().arms().get(number);
    }

    private Choice choose(int user, UserPosition position) {
        SampleRequest request =
                SampleRequest.ofUser(Objects.requireNonNull(routing.get().route("shop")), "u" + user);
        return Objects.requireNonNull(routing.get().choose("shop", request, position));
    }

    /** As an exchange does: admitted, answered, told of the goal. */
    private void visits(int from, int to, int clicksOfA, int clicksOfB) {
        for (int user = from; user < to; user++) {
            UserPosition position = new UserPosition();
            Choice choice = choose(user, position);
            long ticket = shard.admit(choice, position, nowNanos);
            boolean isControl = Objects.requireNonNull(choice.variant()).number() == 0;
            int hit = user % 100 < (isControl ? clicksOfA : clicksOfB) ? 2 : 0;
            shard.report(choice, ticket, 2, hit);
            shard.record(choice, ticket, Outcome.SUCCESS, 200, 1_000_000);
        }
    }

    @Test
    void tick_evenVariants_areCountedAndGoOn() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        assertThat(state().ratio().hundredths()).isEqualTo(5000);
        visits(0, 2000, 10, 10);
        visits(0, 500, 10, 10);
        tick();
        assertThat(arm(0).users() + arm(1).users()).isBetween(1990L, 2010L);
        assertThat(arm(0).trials() + arm(1).trials()).isEqualTo(2500);
        assertThat(arm(1).hits()).isBetween(90L, 160L);
        assertThat(arm(1).verdict()).isEqualTo(Finding.Verdict.UNDECIDED);
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(status().checks()).extracting(CheckResult::check).containsExactly("sample-ratio");
        assertThat(status().checks().get(0).verdict()).isEqualTo(CheckResult.Verdict.HEALTHY);
        assertThat(experiment().series()).hasSize(1);
        assertThat(experiment().endMillis()).isEqualTo(1_000_000 + 3_600_000);
    }

    @Test
    void tick_winner_pausesAndPromotionGivesItEverybody() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        visits(0, 3000, 10, 30);
        tick();
        assertThat(state().phase()).isEqualTo(Phase.PAUSED);
        assertThat(experiment().winner()).isEqualTo("b");
        assertThat(experiment().running()).isTrue();
        controller.submit("shop", new RolloutEvent.Promote("ann", ""), nowMillis());
        for (int user = 0; user < 200; user++) {
            assertThat(choose(user, new UserPosition()).upstream().name()).isEqualTo("v2");
        }
        long before = arm(1).trials();
        visits(0, 100, 0, 0);
        tick();
        assertThat(experiment().running()).isFalse();
        assertThat(arm(1).trials()).as("nobody is counted any more").isEqualTo(before);
    }

    @Test
    void submit_promotionWithoutAWinner_namesTheVariantThatCanBeMeant() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        controller.submit("shop", new RolloutEvent.Promote("ann", ""), nowMillis());
        assertThat(experiment().winner()).isEqualTo("b");
        assertThat(choose(1, new UserPosition()).upstream().name()).isEqualTo("v2");
    }

    private String refusal(@Nullable String variant) {
        Transition transition = controller.submit("shop", new RolloutEvent.Promote("ann", "", variant), nowMillis());
        assertThat(transition).isInstanceOf(Transition.Refused.class);
        return ((Transition.Refused) transition).problem();
    }

    @Test
    void submit_promotionOfSeveral_needsTheRightName() {
        controller.configure(settings(THIRDS, "duration: 1h"), nowMillis());
        assertThat(refusal(null)).startsWith("no variant has won yet");
        assertThat(refusal("d")).isEqualTo("unknown variant d (expected: one of b, c)");
        assertThat(refusal("a")).startsWith("variant a is the control");
        controller.submit("shop", new RolloutEvent.Promote("ann", "", "c"), nowMillis());
        assertThat(state().phase()).isEqualTo(Phase.PROMOTED);
        assertThat(Objects.requireNonNull(choose(1, new UserPosition()).variant())
                        .name())
                .isEqualTo("c");
    }

    @Test
    void restart_underWay_goesOnWithWhatWasKept() throws IOException {
        Settings settings = settings(HALVES, "duration: 1h");
        controller.configure(settings, nowMillis());
        visits(0, 2000, 10, 10);
        tick();
        Finding before = experiment().finding();
        close();
        nowNanos += 5_000_000_000L;
        open();
        controller.configure(settings, nowMillis());
        assertThat(experiment().finding().startedMillis()).isEqualTo(before.startedMillis());
        assertThat(arm(1).trials()).isEqualTo(before.arms().get(1).trials());
        visits(0, 2000, 10, 10);
        tick();
        assertThat(arm(0).users())
                .as("the same users")
                .isEqualTo(before.arms().get(0).users());
        assertThat(arm(0).trials()).isEqualTo(2 * before.arms().get(0).trials());
        assertThat(experiment().series()).hasSize(2);
    }

    @Test
    void restart_withOtherShares_countsAnew() throws IOException {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        visits(0, 500, 10, 10);
        tick();
        close();
        open();
        controller.configure(settings(THIRDS, "duration: 1h"), nowMillis());
        assertThat(arm(1).trials()).isZero();
        assertThat(experiment().finding().arms()).hasSize(3);
    }

    @Test
    void reload_otherConfidence_goesOnWithTheSameCounts() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        visits(0, 2000, 10, 10);
        tick();
        double width = arm(1).high() - arm(1).low();
        long trials = arm(1).trials();
        controller.configure(settings(HALVES, "duration: 2h, confidence: 99%"), nowMillis());
        assertThat(arm(1).trials()).isEqualTo(trials);
        assertThat(arm(1).high() - arm(1).low()).isGreaterThan(width);
        visits(2000, 2100, 10, 10);
        tick();
        assertThat(arm(0).trials() + arm(1).trials()).isEqualTo(2100);
    }

    @Test
    void releaseByName_countsAnew() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        visits(0, 500, 10, 10);
        tick();
        controller.submit("shop", new RolloutEvent.StartRelease("r2", "ann", ""), nowMillis());
        assertThat(arm(0).trials()).isZero();
        visits(0, 300, 10, 10);
        tick();
        assertThat(arm(0).trials() + arm(1).trials()).isEqualTo(300);
    }

    @Test
    void reload_routeGone_isCountedNoMore() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        UserPosition position = new UserPosition();
        Choice choice = choose(1, position);
        Settings all = settings(HALVES, "duration: 1h");
        Settings without = new Settings(
                all.eventLoops(),
                all.admin(),
                all.state(),
                all.accessLog(),
                all.listeners(),
                all.upstreams(),
                all.routes().subList(0, 1),
                all.regions(),
                all.notifications(),
                all.tracing());
        controller.configure(without, nowMillis());
        assertThat(window.experiments().report(choice, position.position(), "click", new Reported(1, 1)))
                .isFalse();
    }

    @Test
    void tick_lostUsers_areToldOnceAndStopEvidence() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        for (int user = 0; user < 6000; user++) {
            UserPosition position = new UserPosition();
            Choice choice = choose(user, position);
            boolean isControl = Objects.requireNonNull(choice.variant()).number() == 0;
            long ticket = shard.admit(choice, position, nowNanos);
            if (isControl || user % 3 != 0) {
                shard.report(choice, ticket, 2, user % 100 < (isControl ? 10 : 40) ? 2 : 0);
            }
            shard.record(choice, ticket, Outcome.SUCCESS, 200, 1_000_000);
        }
        tick();
        tick();
        assertThat(arm(1).verdict()).isEqualTo(Finding.Verdict.BETTER);
        assertThat(state().phase()).isEqualTo(Phase.PROGRESSING);
        assertThat(status().checks().get(0).verdict()).isEqualTo(CheckResult.Verdict.BREACH);
        assertThat(status().checks().get(0).why())
                .startsWith("the split of users is wrong: users who had the goal reported with an answer: a ");
        List<AuditEvent> alarms = store.events("shop", 0, 100).stream()
                .map(Recorded::event)
                .filter(event -> event.check().equals("sample-ratio"))
                .toList();
        assertThat(alarms).hasSize(1);
        assertThat(alarms.get(0).action()).isEqualTo("breach");
    }

    @Test
    void rollback_thenNobodyIsCounted() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        visits(0, 100, 10, 10);
        tick();
        controller.submit("shop", new RolloutEvent.Rollback("ann", ""), nowMillis());
        for (int user = 0; user < 100; user++) {
            UserPosition position = new UserPosition();
            Choice choice = choose(user, position);
            assertThat(choice.upstream().name()).isEqualTo("v1");
            assertThat(window.experiments().report(choice, position.position(), "click", new Reported(1, 1)))
                    .isFalse();
        }
    }

    @Test
    void report_ofOtherMetric_isNotTheGoals() {
        controller.configure(settings(HALVES, "duration: 1h"), nowMillis());
        UserPosition position = new UserPosition();
        Choice choice = choose(1, position);
        assertThat(window.experiments().report(choice, position.position(), "ad", new Reported(1, 1)))
                .isFalse();
        assertThat(window.experiments().report(choice, position.position(), "click", new Reported(5, 2)))
                .isTrue();
        tick();
        assertThat(arm(0).trials() + arm(1).trials()).isEqualTo(5);
        assertThat(arm(0).hits() + arm(1).hits()).isEqualTo(2);
    }
}
