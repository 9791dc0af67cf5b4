package dev.halftone.core.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.HealthCheck;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import dev.halftone.core.routing.Upstream.OutlierDetection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RosterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final HealthCheck CHECK =
            new HealthCheck("/healthz", null, Duration.ofSeconds(5), Duration.ofSeconds(1), 3, 2);

    private static InetSocketAddress address(int last) {
        return new InetSocketAddress("10.0.0." + last, 8080);
    }

    private static Upstream upstream(int endpoints, int maxEjectedPercent) {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 1; i <= endpoints; i++) {
            all.add(new Endpoint("10.0.0." + i, 8080, 1));
        }
        return upstream(all, maxEjectedPercent);
    }

    private static Upstream upstream(List<Endpoint> endpoints, int maxEjectedPercent) {
        return new Upstream(
                "shop",
                endpoints,
                LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT,
                Upstream.DEFAULT_RESPONSE_HEAD_BYTES,
                CHECK,
                new OutlierDetection(5, Duration.ofSeconds(30), maxEjectedPercent),
                Upstream.DEFAULT_DNS_REFRESH);
    }

    private static Roster roster(int endpoints, int maxEjectedPercent) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 1; i <= endpoints; i++) {
            addresses.add(address(i));
        }
        return new Roster(upstream(endpoints, maxEjectedPercent), addresses);
    }

    private static Member member(Roster roster, int index) {
        return roster.snapshot().entries().get(index).member();
    }

    private static EndpointState state(Roster roster, int index) {
        return roster.snapshot().entries().get(index).state();
    }

    private static ErrorStreak streak(Roster roster, int index) {
        return Objects.requireNonNull(member(roster, index).streak());
    }

    /** Fails as often as it takes, reports it, and returns after how many errors that was. */
    private static int failUntilReported(Roster roster, int index, long nowNanos) {
        for (int errors = 1; errors <= 20; errors++) {
            if (streak(roster, index).failed()) {
                roster.failing(member(roster, index), nowNanos);
                return errors;
            }
        }
        return -1;
    }

    private static void check(Roster roster, int index, boolean... results) {
        for (boolean passed : results) {
            roster.checked(member(roster, index), passed, passed ? "HTTP 200" : "HTTP 503");
        }
    }

    @Test
    void checked_firstResult_decidesAlone() {
        Roster roster = roster(2, 50);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
        List<Change> changes = roster.checked(member(roster, 0), false, "HTTP 503");
        assertThat(changes)
                .containsExactly(new Change(
                        member(roster, 0), EndpointState.HEALTHY, EndpointState.UNHEALTHY, "health check: HTTP 503"));
        assertThat(roster.snapshot().usable()).containsExactly(member(roster, 1));
    }

    @Test
    void checked_failures_countInARowOnly() {
        Roster roster = roster(2, 50);
        check(roster, 0, true, false, false, true, false, false);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
        check(roster, 0, false);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.UNHEALTHY);
    }

    @Test
    void checked_successes_bringBackAfterTheThreshold() {
        Roster roster = roster(2, 50);
        check(roster, 0, false, true, false, true);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.UNHEALTHY);
        check(roster, 0, true);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
    }

    @Test
    void snapshot_allOut_allAreUsed() {
        Roster roster = roster(2, 50);
        check(roster, 0, false);
        assertThat(roster.snapshot().isPanic()).isFalse();
        check(roster, 1, false);
        assertThat(roster.snapshot().isPanic()).isTrue();
        assertThat(roster.snapshot().usable()).hasSize(2);
    }

    @Test
    void failing_rowOfErrors_ejectsAndTimeBringsBackOnProbation() {
        Roster roster = roster(3, 50);
        assertThat(failUntilReported(roster, 0, 0)).isEqualTo(5);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.EJECTED);
        assertThat(roster.tick(30 * SECOND - 1)).isEmpty();
        assertThat(roster.tick(30 * SECOND)).hasSize(1);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
        assertThat(failUntilReported(roster, 0, 31 * SECOND)).isEqualTo(1);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.EJECTED);
    }

    @Test
    void failing_successAfterReturn_clearsProbation() {
        Roster roster = roster(3, 50);
        failUntilReported(roster, 0, 0);
        roster.tick(30 * SECOND);
        streak(roster, 0).succeeded();
        assertThat(failUntilReported(roster, 0, 31 * SECOND)).isEqualTo(5);
    }

    @Test
    void failing_again_ejectsForLongerAndGoodTimeForgives() {
        Roster roster = roster(3, 50);
        long now = 0;
        for (int time = 1; time <= 12; time++) {
            failUntilReported(roster, 0, now);
            long lasts = 30 * SECOND * Math.min(10, time);
            assertThat(roster.tick(now + lasts - 1)).as("ejection " + time).isEmpty();
            assertThat(roster.tick(now + lasts)).as("ejection " + time).hasSize(1);
            now += lasts + SECOND;
        }
        streak(roster, 0).succeeded();
        now += 300 * SECOND;
        assertThat(failUntilReported(roster, 0, now)).isEqualTo(5);
        assertThat(roster.tick(now + 30 * SECOND)).hasSize(1);
    }

    @Test
    void failing_tooManyEjected_staysInAndCountsAnew() {
        Roster roster = roster(3, 50);
        failUntilReported(roster, 0, 0);
        assertThat(failUntilReported(roster, 1, 0)).isEqualTo(5);
        assertThat(state(roster, 1)).isEqualTo(EndpointState.HEALTHY);
        assertThat(streak(roster, 1).length()).isZero();
        roster.tick(30 * SECOND);
        assertThat(failUntilReported(roster, 1, 30 * SECOND)).isEqualTo(5);
        assertThat(state(roster, 1)).isEqualTo(EndpointState.EJECTED);
    }

    @Test
    void failing_onlyEndpoint_isNeverEjectedByHalf() {
        Roster roster = roster(1, 50);
        failUntilReported(roster, 0, 0);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
    }

    @Test
    void states_unhealthyAndEjected_areIndependent() {
        Roster roster = roster(3, 50);
        failUntilReported(roster, 0, 0);
        check(roster, 0, false);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.UNHEALTHY);
        check(roster, 0, true, true);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.EJECTED);
        assertThat(roster.tick(30 * SECOND)).hasSize(1);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
    }

    @Test
    void resolved_addressesChange_keptOnesKeepTheirState() {
        Endpoint name = new Endpoint("shop.test", 8080, 1);
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("shop.test", 8080);
        Roster roster = new Roster(upstream(List.of(name), 50), List.of(unresolved));
        assertThat(roster.snapshot().usable()).hasSize(1);
        assertThat(roster.resolved(name, List.of(address(1), address(2)))).isTrue();
        Member kept = member(roster, 1);
        assertThat(kept).hasToString("shop.test:8080 (10.0.0.2:8080)");
        roster.checked(kept, false, "HTTP 503");
        assertThat(roster.resolved(name, List.of(address(2), address(1)))).isFalse();
        assertThat(roster.resolved(name, List.of(address(2), address(3)))).isTrue();
        assertThat(roster.snapshot().entries())
                .extracting(entry -> entry.member().address())
                .containsExactly(address(2), address(3));
        assertThat(member(roster, 0)).isSameAs(kept);
        assertThat(state(roster, 0)).isEqualTo(EndpointState.UNHEALTHY);
    }

    @Test
    void resolved_oneOfTwoNames_leavesTheOtherAlone() {
        Endpoint one = new Endpoint("one.test", 8080, 1);
        Endpoint two = new Endpoint("two.test", 8080, 1);
        Roster roster = new Roster(
                upstream(List.of(one, two), 50),
                List.of(
                        InetSocketAddress.createUnresolved("one.test", 8080),
                        InetSocketAddress.createUnresolved("two.test", 8080)));
        roster.resolved(one, List.of(address(1)));
        roster.resolved(two, List.of(address(1)));
        assertThat(roster.snapshot().entries())
                .extracting(entry -> entry.member().endpoint())
                .containsExactly(one, two);
        assertThat(roster.has(member(roster, 0))).isTrue();
    }

    @Test
    void reports_ofAMemberThatIsGone_changeNothing() {
        Endpoint name = new Endpoint("shop.test", 8080, 1);
        Roster roster = new Roster(upstream(List.of(name), 100), List.of(address(1)));
        Member gone = member(roster, 0);
        roster.resolved(name, List.of(address(2)));
        assertThat(roster.has(gone)).isFalse();
        assertThat(roster.checked(gone, false, "HTTP 503")).isEmpty();
        assertThat(roster.failing(gone, 0)).isEmpty();
        assertThat(state(roster, 0)).isEqualTo(EndpointState.HEALTHY);
    }

    /** Whatever happens, somebody serves, at most the allowed share is ejected, and everybody comes back in good times. */
    @Test
    void anySeries_invariantsHold() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(6);
            int percent = 1 + random.nextInt(100);
            Roster roster = roster(size, percent);
            long now = 0;
            for (int i = 0; i < 400; i++) {
                int index = random.nextInt(size);
                switch (random.nextInt(4)) {
                    case 0 -> check(roster, index, random.nextBoolean());
                    case 1 -> failUntilReported(roster, index, now);
                    case 2 -> streak(roster, index).succeeded();
                    default -> now += random.nextInt(60) * SECOND;
                }
                roster.tick(now);
                EndpointSet set = roster.snapshot();
                assertThat(set.usable()).as("seed " + seed).isNotEmpty();
                assertThat(set.count(EndpointState.EJECTED))
                        .as("seed " + seed)
                        .isLessThanOrEqualTo(size * percent / 100);
                Set<Member> usable = new HashSet<>(set.usable());
                set.entries()
                        .forEach(entry -> assertThat(usable.contains(entry.member()))
                                .isEqualTo(set.isPanic() || entry.state() == EndpointState.HEALTHY));
            }
            for (int i = 0; i < size; i++) {
                check(roster, i, true, true);
            }
            roster.tick(now + 400 * SECOND);
            assertThat(roster.snapshot().count(EndpointState.HEALTHY)).isEqualTo(size);
        }
    }
}
