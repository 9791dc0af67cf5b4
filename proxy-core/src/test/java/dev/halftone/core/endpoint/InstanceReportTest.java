package dev.halftone.core.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.HealthCheck;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InstanceReportTest {
    private static final Endpoint ONE = new Endpoint("10.0.0.1", 8080, 1);
    private static final Endpoint TWO = new Endpoint("10.0.0.2", 8080, 1);

    private static Roster roster(@Nullable HealthCheck check) {
        Upstream upstream = new Upstream(
                "shop",
                List.of(ONE, TWO),
                LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT,
                Upstream.DEFAULT_RESPONSE_HEAD_BYTES,
                check,
                null,
                Upstream.DEFAULT_DNS_REFRESH);
        return new Roster(
                upstream, List.of(new InetSocketAddress("10.0.0.1", 8080), new InetSocketAddress("10.0.0.2", 8080)));
    }

    private static Roster checked() {
        return roster(new HealthCheck("/healthz", null, Duration.ofSeconds(5), Duration.ofSeconds(1), 3, 2));
    }

    private static void check(Roster roster, int index, boolean passed) {
        roster.checked(roster.snapshot().entries().get(index).member(), passed, "HTTP 200");
    }

    @Test
    void of_noHealthCheck_allAreWell() {
        assertThat(InstanceReport.of(roster(null).snapshot(), ONE, 3)).isEqualTo(new InstanceReport(3, true, 1));
    }

    @Test
    void of_notCheckedYet_noneIsWell() {
        assertThat(InstanceReport.of(checked().snapshot(), ONE, 0)).isEqualTo(new InstanceReport(0, false, 0));
    }

    @Test
    void of_firstCheckPassed_isWellInASnapshotTakenBefore() {
        Roster roster = checked();
        EndpointSet before = roster.snapshot();
        check(roster, 1, true);
        assertThat(InstanceReport.of(before, ONE, 0)).isEqualTo(new InstanceReport(0, false, 1));
        assertThat(InstanceReport.of(before, TWO, 0)).isEqualTo(new InstanceReport(0, true, 0));
    }

    @Test
    void of_firstCheckFailed_isNotWell() {
        Roster roster = checked();
        check(roster, 0, true);
        check(roster, 1, false);
        assertThat(InstanceReport.of(roster.snapshot(), ONE, 0)).isEqualTo(new InstanceReport(0, true, 0));
    }
}
