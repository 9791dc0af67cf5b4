package dev.halftone.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.Upstream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutcomeWindowTest {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final Upstream UPSTREAM = new Upstream(
            "u",
            List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
            Upstream.LoadBalancing.RANDOM,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);

    private static Choice choice(int route, int epoch, Version version, boolean analyzed) {
        Gray gray =
                new Gray(UPSTREAM, "v" + epoch, epoch, List.of(), MissingKey.STABLE, null, List.of(), Ratio.ALL, true);
        Route of = new Route(route, "r" + route, RequestMatch.ANY, UPSTREAM, gray, Forwarding.DEFAULT);
        return new Choice(of, version, Reason.RATIO, null, analyzed);
    }

    @Test
    void closeSlice_countsFallIntoTheSliceTheyWereReadIn() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(3, 1);
        OutcomeShard shard = window.newShard();
        window.closeSlice(0);
        shard.record(choice(3, 1, Version.CANARY, true), Outcome.ERROR, 500, 2_000_000);
        shard.record(choice(3, 1, Version.CANARY, true), Outcome.SUCCESS, 200, 1_000_000);
        shard.record(choice(3, 1, Version.STABLE, true), Outcome.CLIENT_FAULT, 404, 1_000_000);
        RouteSlice slice = window.closeSlice(SLICE_NANOS).get(0);
        assertThat(slice.routeId()).isEqualTo(3);
        assertThat(slice.startNanos()).isZero();
        assertThat(slice.endNanos()).isEqualTo(SLICE_NANOS);
        assertThat(slice.canary().requests()).isEqualTo(2);
        assertThat(slice.canary().errors()).isEqualTo(1);
        assertThat(slice.canary().latency().sumNanos()).isEqualTo(3_000_000);
        assertThat(slice.stable().clientFaults()).isEqualTo(1);
        RouteSlice silence = window.closeSlice(2 * SLICE_NANOS).get(0);
        assertThat(silence.canary()).isEqualTo(VersionSlice.EMPTY);
    }

    @Test
    void closeSlice_anotherRelease_oldOnesOutcomesDoNotCount() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1);
        OutcomeShard shard = window.newShard();
        shard.record(choice(0, 1, Version.CANARY, true), Outcome.ERROR, 500, 1);
        window.closeSlice(0);
        window.startEpoch(0, 2);
        shard.record(choice(0, 1, Version.CANARY, true), Outcome.ERROR, 500, 1);
        shard.record(choice(0, 2, Version.CANARY, true), Outcome.SUCCESS, 200, 1);
        shard.record(choice(0, 1, Version.CANARY, true), Outcome.ERROR, 500, 1);
        VersionSlice canary = window.closeSlice(SLICE_NANOS).get(0).canary();
        assertThat(canary.requests()).isEqualTo(1);
        assertThat(canary.errors()).isZero();
        assertThat(window.totals().get(0).counts().stream()
                        .mapToLong(RequestTotals.CodeCount::requests)
                        .sum())
                .isEqualTo(4);
    }

    @Test
    void record_notAnalyzed_countsInTotalsOnly() {
        OutcomeWindow window = new OutcomeWindow();
        OutcomeShard shard = window.newShard();
        shard.record(choice(0, 0, Version.CANARY, false), Outcome.ERROR, 0, -1);
        assertThat(window.closeSlice(1).get(0).canary().requests()).isZero();
        RequestTotals total = window.totals().get(0);
        assertThat(total.version()).isEqualTo(Version.CANARY);
        assertThat(total.counts()).containsExactly(new RequestTotals.CodeCount("error", Reason.RATIO, 1));
    }

    @Test
    void closeSlice_severalShards_equalOne() {
        Random random = new Random(5);
        OutcomeWindow one = new OutcomeWindow();
        OutcomeWindow many = new OutcomeWindow();
        OutcomeShard single = one.newShard();
        OutcomeShard[] shards = {many.newShard(), many.newShard(), many.newShard()};
        for (int slice = 0; slice < 20; slice++) {
            for (int i = random.nextInt(200); i > 0; i--) {
                Choice choice =
                        choice(random.nextInt(40), 0, Version.values()[random.nextInt(2)], random.nextInt(5) > 0);
                Outcome outcome = Outcome.values()[random.nextInt(3)];
                long latency = (long) Math.exp(random.nextDouble() * 28);
                single.record(choice, outcome, 200, latency);
                shards[random.nextInt(3)].record(choice, outcome, 200, latency);
            }
            assertThat(many.closeSlice(slice)).isEqualTo(one.closeSlice(slice));
        }
        assertThat(many.totals()).isEqualTo(one.totals());
    }

    /** As long as a user stays on one loop and none is taken for another, which shard counts makes no difference. */
    @Test
    void closeSlice_usersOverSeveralShards_equalOne() {
        Random random = new Random(9);
        OutcomeWindow one = new OutcomeWindow();
        OutcomeWindow many = new OutcomeWindow();
        one.startEpoch(0, 1);
        many.startEpoch(0, 1);
        OutcomeShard single = one.newShard();
        OutcomeShard[] shards = {many.newShard(), many.newShard(), many.newShard()};
        long beyond = 0;
        for (int slice = 1; slice <= 100; slice++) {
            for (int i = random.nextInt(200); i > 0; i--) {
                int user = random.nextInt(100);
                Choice choice = choice(0, 1, user % 4 == 0 ? Version.CANARY : Version.STABLE, true);
                Outcome outcome = random.nextInt(20) == 0 ? Outcome.ERROR : Outcome.SUCCESS;
                long now = slice * SLICE_NANOS;
                for (OutcomeShard shard : List.of(single, shards[user % 3])) {
                    long ticket = shard.admit(choice, true, user * 0x9e3779b97f4a7c15L, now);
                    shard.record(choice, ticket, outcome, 200, user * 1000L);
                }
            }
            RouteSlice merged = many.closeSlice(slice).get(0);
            assertThat(merged).isEqualTo(one.closeSlice(slice).get(0));
            assertThat(merged.canary().failing().failures())
                    .isEqualTo(merged.canary().counted().errors());
            beyond += merged.canary().beyond().requests();
        }
        assertThat(beyond).isPositive();
    }

    @Test
    void closeSlice_users_areEstimatedOverVersionsOfTheirOwn() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1);
        OutcomeShard shard = window.newShard();
        Choice canary = choice(0, 1, Version.CANARY, true);
        for (int i = 0; i < 3000; i++) {
            shard.record(
                    canary, shard.admit(canary, true, (i % 300) * 0x9e3779b97f4a7c15L, i), Outcome.SUCCESS, 200, 1);
        }
        RouteSlice slice = window.closeSlice(SLICE_NANOS).get(0);
        assertThat(slice.canary().users().estimate()).isBetween(270L, 330L);
        assertThat(slice.stable().users().estimate()).isZero();
        assertThat(slice.canary().counted().requests()).isEqualTo(600);
        assertThat(slice.canary().requests()).isEqualTo(3000);
        assertThat(window.closeSlice(2 * SLICE_NANOS).get(0).canary()).isEqualTo(VersionSlice.EMPTY);
    }

    @Test
    void onTrip_canaryFailsOutright_wakesOnceAndTheSliceSaysWhy() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1, new HarmCusum.Limits(0.01, 0.2, 13.8));
        OutcomeShard[] shards = {window.newShard(), window.newShard()};
        int[] woken = new int[1];
        window.onTrip(() -> woken[0]++);
        Choice stable = choice(0, 1, Version.STABLE, true);
        Choice canary = choice(0, 1, Version.CANARY, true);
        int failed = 0;
        for (int i = 0; woken[0] == 0 && i < 1000; i++) {
            OutcomeShard shard = shards[i % 2];
            boolean toCanary = i % 20 == 7 || i % 20 == 18;
            Choice choice = toCanary ? canary : stable;
            long ticket = shard.admit(choice, true, i * 0x9e3779b97f4a7c15L, i);
            shard.record(choice, ticket, toCanary ? Outcome.ERROR : Outcome.SUCCESS, 200, 1);
            failed += toCanary ? 1 : 0;
        }
        assertThat(failed).as("seen over both loops together").isBetween(4, 6);
        RouteSlice.Trip trip = java.util.Objects.requireNonNull(
                window.closeSlice(SLICE_NANOS).get(0).trip());
        assertThat(trip.errors()).isEqualTo(failed);
        assertThat(trip.stableErrors()).isZero();
        assertThat(window.closeSlice(2 * SLICE_NANOS).get(0).trip()).isNull();
    }

    @Test
    void open_beforeTheFirstTick_givesTheFirstSliceItsLength() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1);
        window.open(5);
        OutcomeShard shard = window.newShard();
        shard.record(choice(0, 1, Version.CANARY, true), Outcome.SUCCESS, 200, 1);
        RouteSlice first = window.closeSlice(5 + SLICE_NANOS).get(0);
        assertThat(first.endNanos() - first.startNanos()).isEqualTo(SLICE_NANOS);
        assertThat(first.canary().counted().requests()).isEqualTo(1);
    }

    /** Twenty users as fast as they can: their two counted requests of ten seconds are long gone when the canary breaks. */
    @Test
    void onTrip_fewBusyUsers_doesNotWaitForTheirNextTenSeconds() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1, new HarmCusum.Limits(0.01, 0.2, 13.8));
        OutcomeShard shard = window.newShard();
        long broken = 2 * SLICE_NANOS;
        long now = 0;
        boolean tripped = false;
        for (int i = 0; !tripped && now < 9 * SLICE_NANOS; i++) {
            now += SLICE_NANOS / 2000;
            int user = i % 20;
            Choice choice = choice(0, 1, user < 10 ? Version.CANARY : Version.STABLE, true);
            long ticket = shard.admit(choice, true, user * 0x9e3779b97f4a7c15L, now);
            boolean fails = user < 10 && now >= broken;
            shard.record(choice, ticket, fails ? Outcome.ERROR : Outcome.SUCCESS, fails ? 500 : 200, 1);
            tripped = i % 1000 == 999 && window.closeSlice(now).get(0).trip() != null;
        }
        assertThat(tripped).isTrue();
        assertThat((now - broken) / 1e9).as("seconds after it broke").isLessThan(1.8);
    }

    @Test
    void report_customMetric_fallsIntoTheOpenSliceOfItsRelease() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 2);
        assertThat(window.report(0, 2, Version.CANARY, "click", new Reported(10, 1)))
                .isTrue();
        assertThat(window.report(0, 2, Version.CANARY, "click", new Reported(5, 2)))
                .isTrue();
        assertThat(window.report(0, 1, Version.CANARY, "click", new Reported(7, 7)))
                .isFalse();
        assertThat(window.closeSlice(1).get(0).canary().reported("click")).isEqualTo(new Reported(15, 3));
        assertThat(window.closeSlice(2).get(0).canary().reported("click")).isEqualTo(Reported.NONE);
        for (int i = 0; i < Reports.METRICS + 8; i++) {
            boolean taken = window.report(0, 2, Version.STABLE, "m" + i, new Reported(1, 0));
            assertThat(taken).isEqualTo(i < Reports.METRICS);
        }
    }

    private static Choice reporting(int epoch, Version version, boolean analyzed) {
        Choice plain = choice(0, epoch, version, analyzed);
        Forwarding of = Forwarding.DEFAULT;
        Forwarding forwarding = new Forwarding(
                of.exposeVersion(),
                of.requestTimeout(),
                of.idleTimeout(),
                null,
                null,
                of.requestHeaders(),
                of.responseHeaders(),
                new CustomMetrics("X-Metrics", List.of("click", "ad")));
        Route route =
                new Route(0, "r0", RequestMatch.ANY, UPSTREAM, plain.route().gray(), forwarding);
        return new Choice(route, version, Reason.RATIO, null, analyzed);
    }

    @Test
    void report_withAnAnswer_countsIfTheRequestDoes() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1);
        OutcomeShard shard = window.newShard();
        window.closeSlice(0);
        Choice canary = reporting(1, Version.CANARY, true);
        for (int i = 0; i < 5; i++) {
            // One user: the first two of ten seconds count.
            shard.report(canary, shard.admit(canary, true, 77, i), 0b11, 0b01);
        }
        shard.report(canary, OutcomeShard.ANONYMOUS, 0b10, 0b10);
        Choice byRule = reporting(1, Version.STABLE, false);
        shard.report(byRule, shard.admit(byRule, true, 78, 9), 0b01, 0b01);
        RouteSlice slice = window.closeSlice(SLICE_NANOS).get(0);
        assertThat(slice.canary().reported()).isEqualTo(Map.of("click", new Reported(2, 2), "ad", new Reported(3, 1)));
        assertThat(slice.stable().reported()).isEmpty();
        assertThat(window.reportedTotals())
                .containsExactlyInAnyOrder(
                        new ReportedTotal(0, Version.CANARY, "click", new Reported(5, 5)),
                        new ReportedTotal(0, Version.CANARY, "ad", new Reported(6, 1)),
                        new ReportedTotal(0, Version.STABLE, "click", new Reported(1, 1)));
    }

    @Test
    void report_ofAKnownUser_countsTwiceInTenSecondsForEachMetric() {
        OutcomeWindow window = new OutcomeWindow();
        window.startEpoch(0, 1);
        Reported five = new Reported(5, 5);
        assertThat(window.report(0, 1, Version.CANARY, "click", five, 77, SLICE_NANOS))
                .isEqualTo(2);
        assertThat(window.report(0, 1, Version.CANARY, "click", five, 77, 2 * SLICE_NANOS))
                .isZero();
        assertThat(window.report(0, 1, Version.CANARY, "ad", five, 77, 2 * SLICE_NANOS))
                .isEqualTo(2);
        assertThat(window.report(0, 1, Version.CANARY, "click", five, 78, 2 * SLICE_NANOS))
                .isEqualTo(2);
        assertThat(window.report(0, 1, Version.CANARY, "click", five, 77, 13 * SLICE_NANOS))
                .isEqualTo(2);
        assertThat(window.closeSlice(1).get(0).canary().reported("click")).isEqualTo(new Reported(6, 6));
    }

    @Test
    void admit_warm_allocatesNothing() {
        OutcomeShard shard = new OutcomeWindow().newShard();
        Choice choice = choice(5, 1, Version.CANARY, true);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        long start = 0;
        for (int i = 0; i < 2_000_000; i++) {
            if (i == 1_000_000) {
                before = threads.getCurrentThreadAllocatedBytes();
                start = System.nanoTime();
            }
            long ticket = shard.admit(choice, true, i % 50_000 * 0x9e3779b97f4a7c15L, i * 100_000L);
            shard.record(choice, ticket, i % 50 == 0 ? Outcome.ERROR : Outcome.SUCCESS, 200, i);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        System.out.printf("measured: %d ns to admit and record%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(allocated).as("bytes in a million requests").isLessThan(100_000);
    }

    @Test
    void closeSlice_whileALoopWrites_losesNothing() throws Exception {
        OutcomeWindow window = new OutcomeWindow();
        OutcomeShard shard = window.newShard();
        int requests = 400_000;
        Choice[] choices = {choice(0, 0, Version.STABLE, true), choice(70, 0, Version.CANARY, true)};
        Thread loop = new Thread(() -> {
            for (int i = 0; i < requests; i++) {
                shard.record(choices[i & 1], i % 10 < 2 ? Outcome.ERROR : Outcome.SUCCESS, 200, i);
            }
        });
        loop.start();
        long[] sums = new long[3];
        long now = 0;
        while (loop.isAlive()) {
            add(window.closeSlice(now++), sums);
        }
        loop.join();
        add(window.closeSlice(now), sums);
        assertThat(sums).containsExactly(requests, requests / 5, requests);
    }

    private static void add(List<RouteSlice> slices, long[] sums) {
        for (RouteSlice slice : slices) {
            for (VersionSlice version : List.of(slice.stable(), slice.canary())) {
                sums[0] += version.requests();
                sums[1] += version.errors();
                sums[2] += version.latency().count();
            }
        }
    }

    @Test
    void record_warm_allocatesNothing() {
        OutcomeShard shard = new OutcomeWindow().newShard();
        Choice choice = choice(5, 1, Version.CANARY, true);
        for (int i = 0; i < 1_000_000; i++) {
            shard.record(choice, Outcome.SUCCESS, 200, i);
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000_000; i++) {
            shard.record(choice, Outcome.ERROR, 500, i);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes in a million records")
                .isLessThan(100_000);
    }

    @Test
    void latencyBins_anyLatency_within2Percent() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            long nanos = (long) Math.exp(Math.log(1024) + random.nextDouble() * (Math.log(3.6e12) - Math.log(1024)));
            long middle = LatencyBins.middleNanos(LatencyBins.indexOf(nanos));
            assertThat(Math.abs(middle - nanos)).isLessThanOrEqualTo((long) (nanos * 0.02));
        }
        assertThat(LatencyBins.indexOf(0)).isZero();
        assertThat(LatencyBins.indexOf(Long.MAX_VALUE)).isEqualTo(LatencyBins.COUNT - 1);
    }

    @Test
    void quantile_randomLatencies_within2PercentOfTheExactOne() {
        Random random = new Random(8);
        for (int round = 0; round < 50; round++) {
            long[] latencies = random.doubles(1 + random.nextInt(2000), 12, 22)
                    .mapToLong(exponent -> (long) Math.exp(exponent))
                    .toArray();
            LatencyCounts counts = LatencyCounts.ofNanos(latencies);
            Arrays.sort(latencies);
            for (double q : new double[] {0.01, 0.5, 0.9, 0.95, 0.99, 1}) {
                long exact = latencies[(int) Math.max(0, Math.ceil(q * latencies.length) - 1)];
                assertThat((double) counts.quantileNanos(q)).isBetween(exact * 0.98, exact * 1.02);
            }
            assertThat(counts.sumNanos()).isEqualTo(Arrays.stream(latencies).sum());
        }
    }
}
