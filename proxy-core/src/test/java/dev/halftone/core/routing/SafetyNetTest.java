package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SafetyNetTest {
    private static final ReplayPolicy RESCUE = new ReplayPolicy(1, Set.of(Cause.RESET), List.of("GET"), 20);
    private static final MirrorPolicy MIRROR = new MirrorPolicy(
            Ratio.ALL, Set.of(MirrorPolicy.Aspect.STATUS), List.of("GET", "HEAD"), 1000, 10, Duration.ofSeconds(1));
    private static final RequestMatch TESTER = new RequestMatch(
            List.of(),
            null,
            List.of(),
            List.of(new RequestMatch.FieldMatch("X-T", new RequestMatch.FieldMatch.Test.Present(), false)),
            List.of(),
            List.of(),
            List.of());

    private static Upstream upstream(String name) {
        return new Upstream(
                name,
                List.of(new Upstream.Endpoint("127.0.0.1", 1, 1)),
                Upstream.LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Upstream.Pool.DEFAULT);
    }

    private static Choice choose(Ratio ratio, boolean open, Rule.SendTo rule, SafetyNet net, String... header) {
        Gray gray = new Gray(
                upstream("canary"),
                "v2",
                0,
                List.of(new UserKeySource.Header("X-User")),
                MissingKey.STABLE,
                null,
                List.of(new Rule("test", TESTER, rule, true)),
                ratio,
                open,
                net);
        Route route = new Route(0, "shop", RequestMatch.ANY, upstream("stable"), gray, Forwarding.DEFAULT);
        Map<String, String> headers = header.length == 0 ? Map.of("X-User", "u") : Map.of(header[0], header[1]);
        @Nullable
        Choice choice = new RoutingTable(List.of(route))
                .choose(new SampleRequest(
                        "GET", "a", "/", headers, Map.of(), Map.of(), InetAddress.getLoopbackAddress()));
        assertThat(choice).isNotNull();
        if (choice == null) {
            throw new AssertionError();
        }
        return choice;
    }

    @Test
    void choose_canaryWithARescue_hasStableForATwinThatIsNotAnalysed() {
        Choice choice = choose(Ratio.ALL, true, Rule.SendTo.STABLE, new SafetyNet(RESCUE, MIRROR));
        assertThat(choice.version()).isEqualTo(Version.CANARY);
        assertThat(choice.analyzed()).isTrue();
        assertThat(choice.twin()).isNotNull().satisfies(twin -> {
            assertThat(twin.version()).isEqualTo(Version.STABLE);
            assertThat(twin.reason()).isEqualTo(Reason.RESCUE);
            assertThat(twin.upstream().name()).isEqualTo("stable");
            assertThat(twin.analyzed()).isFalse();
            assertThat(twin.twin()).isNull();
        });
    }

    @Test
    void choose_stableWithAMirror_hasTheCanaryForATwin() {
        Choice choice = choose(Ratio.NONE, true, Rule.SendTo.STABLE, new SafetyNet(RESCUE, MIRROR));
        assertThat(choice.version()).isEqualTo(Version.STABLE);
        assertThat(choice.twin()).isNotNull().satisfies(twin -> {
            assertThat(twin.version()).isEqualTo(Version.CANARY);
            assertThat(twin.upstream().name()).isEqualTo("canary");
            assertThat(twin.analyzed()).isFalse();
        });
        assertThat(choose(Ratio.ALL, true, Rule.SendTo.STABLE, new SafetyNet(null, MIRROR), "X", "y")
                        .twin())
                .as("without a user key")
                .isNotNull();
    }

    @Test
    void choose_whatMayNotReachTheCanary_hasNoTwin() {
        SafetyNet net = new SafetyNet(RESCUE, MIRROR);
        assertThat(choose(Ratio.ALL, false, Rule.SendTo.STABLE, net).twin())
                .as("held")
                .isNull();
        assertThat(choose(Ratio.ALL, true, Rule.SendTo.STABLE, net, "X-T", "1").twin())
                .as("opted out")
                .isNull();
        assertThat(choose(Ratio.ALL, true, Rule.SendTo.STABLE, SafetyNet.NONE).twin())
                .isNull();
        assertThat(choose(Ratio.ALL, true, Rule.SendTo.STABLE, new SafetyNet(null, MIRROR))
                        .twin())
                .isNull();
        assertThat(choose(Ratio.NONE, true, Rule.SendTo.STABLE, new SafetyNet(RESCUE, null))
                        .twin())
                .isNull();
    }

    @Test
    void choose_ruleSendsToTheCanary_isRescuedToo() {
        Choice choice = choose(Ratio.NONE, true, Rule.SendTo.CANARY, new SafetyNet(RESCUE, MIRROR), "X-T", "1");
        assertThat(choice.version()).isEqualTo(Version.CANARY);
        assertThat(choice.twin()).isNotNull();
    }

    @Test
    void covers_causeAndMethod_bothMustBeNamed() {
        assertThat(RESCUE.covers(Cause.RESET, "GET")).isTrue();
        assertThat(RESCUE.covers(Cause.RESET, "HEAD")).isFalse();
        assertThat(RESCUE.covers(Cause.TIMEOUT, "GET")).isFalse();
        assertThat(MIRROR.covers("HEAD")).isTrue();
        assertThat(MIRROR.covers("head")).isFalse();
        assertThat(Cause.ofStatus(503)).isEqualTo(Cause.UNAVAILABLE);
        assertThat(Cause.ofStatus(500)).isNull();
    }

    @Test
    void policy_ofMethodsThatMayNotBeRepeated_isRefused() {
        assertThatThrownBy(() -> new ReplayPolicy(1, Set.of(Cause.RESET), List.of("POST"), 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("idempotent");
        assertThatThrownBy(() -> new ReplayPolicy(0, Set.of(), List.of(), 20))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
