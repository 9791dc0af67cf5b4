package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.endpoint.EndpointSet;
import dev.halftone.core.endpoint.Roster;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SafetyNet;
import dev.halftone.core.routing.Sides;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import dev.halftone.server.proxy.UpstreamPool.Target;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which endpoints serve which version while an upstream is parted, and how a routing table says so. */
class SideBalancersTest {
    private static final List<Endpoint> ENDPOINTS =
            List.of(new Endpoint("127.0.0.1", 1, 1), new Endpoint("127.0.0.1", 2, 1), new Endpoint("127.0.0.1", 3, 1));
    private static final Upstream UPSTREAM = new Upstream(
            "shop",
            ENDPOINTS,
            LoadBalancing.RANDOM,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);
    private static final Sides ONE_UPDATED = new Sides(Set.of(ENDPOINTS.get(0)), null);

    private final List<Target> targets = new ArrayList<>();

    SideBalancersTest() {
        Roster roster = new Roster(
                UPSTREAM,
                ENDPOINTS.stream()
                        .map(endpoint -> new InetSocketAddress(endpoint.host(), endpoint.port()))
                        .toList());
        for (EndpointSet.Entry entry : roster.snapshot().entries()) {
            targets.add(new Target(entry.member()));
        }
    }

    private static Route route(int id, @Nullable Sides sides) {
        Gray gray = new Gray(
                UPSTREAM,
                "v2",
                1,
                List.of(),
                MissingKey.STABLE,
                null,
                List.of(),
                Ratio.NONE,
                true,
                SafetyNet.NONE,
                sides,
                null);
        return new Route(id, "r" + id, RequestMatch.ANY, UPSTREAM, gray, Forwarding.DEFAULT);
    }

    private static Choice choice(int route, Version version) {
        return new Choice(route(route, null), version, Reason.RATIO, null, true);
    }

    private SideBalancers balancers(Sides sides, Target... candidates) {
        return new SideBalancers(7, sides, LoadBalancing.RANDOM, List.of(candidates), new SplittableRandom(1));
    }

    private static Set<Integer> ports(SideBalancers balancers, Choice choice) {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Target target = balancers.of(choice).pick();
            assertThat(balancers.mayServe(choice, target)).isTrue();
            ports.add(target.endpoint().port());
        }
        return ports;
    }

    @Test
    void of_version_isServedByItsSideAlone() {
        SideBalancers balancers = balancers(ONE_UPDATED, targets.toArray(Target[]::new));
        assertThat(ports(balancers, choice(7, Version.CANARY))).containsExactly(1);
        assertThat(ports(balancers, choice(7, Version.STABLE))).containsExactlyInAnyOrder(2, 3);
        assertThat(balancers.mayServe(choice(7, Version.CANARY), targets.get(1)))
                .isFalse();
        assertThat(balancers.mayServe(choice(7, Version.STABLE), targets.get(0)))
                .isFalse();
    }

    @Test
    void of_anotherRoute_isServedByAll() {
        SideBalancers balancers = balancers(ONE_UPDATED, targets.toArray(Target[]::new));
        assertThat(ports(balancers, choice(8, Version.STABLE))).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void of_sideThatNobodyServes_isServedByTheOther() {
        SideBalancers none = balancers(ONE_UPDATED, targets.get(1), targets.get(2));
        assertThat(ports(none, choice(7, Version.CANARY))).containsExactlyInAnyOrder(2, 3);
        SideBalancers all = balancers(ONE_UPDATED, targets.get(0));
        assertThat(ports(all, choice(7, Version.STABLE))).containsExactly(1);
    }

    @Test
    void isOut_knowsTheOneTakenOut() {
        Sides sides = new Sides(Set.of(), ENDPOINTS.get(1));
        assertThat(SideBalancers.isOut(sides, ENDPOINTS.get(1))).isTrue();
        assertThat(SideBalancers.isOut(sides, ENDPOINTS.get(0))).isFalse();
        assertThat(SideBalancers.isOut(null, ENDPOINTS.get(1))).isFalse();
    }

    @Test
    void parting_followsTheTable() {
        RoutingTable table = new RoutingTable(List.of(route(1, null), route(2, null)));
        assertThat(table.parting(UPSTREAM)).isNull();
        RoutingTable parted = table.with(route(2, ONE_UPDATED));
        assertThat(Objects.requireNonNull(parted.parting(UPSTREAM)).id()).isEqualTo(2);
        Sides next = new Sides(Set.of(), ENDPOINTS.get(0));
        assertThat(parted.with(route(1, null)).with(route(2, next)).parting(UPSTREAM))
                .isEqualTo(route(2, next));
        assertThat(parted.with(route(2, null)).parting(UPSTREAM)).isNull();
        assertThat(new RoutingTable(List.of(route(3, next))).parting(UPSTREAM)).isEqualTo(route(3, next));
    }
}
