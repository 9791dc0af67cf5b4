package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.RollingCourse;
import dev.halftone.core.rollout.RollingCourse.Instance;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Rolling;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file may say of rolling releases, and what is told where it cannot work. */
class RollingConfigTest {
    private static final String HOOKS = "update: {command: [sh, -c, 'exit 0']}, undo: {url: 'http://127.0.0.1:1/undo'}";

    private static Result load(String stable, String canary) {
        return ConfigLoader.parse("f.yaml", """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: two, endpoints: [{address: "127.0.0.1:1"}, {address: "127.0.0.1:2", weight: 3}],
                     healthCheck: {path: /ok, timeout: 3s}}
                  - {name: bare, endpoints: [{address: "127.0.0.1:1"}, {address: "127.0.0.1:2"}]}
                  - {name: one, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: twice, endpoints: [{address: "127.0.0.1:1"}, {address: "127.0.0.1:1"}]}
                routes:
                  - name: shop
                    match: {path: {prefix: /shop}}
                    stable: %s
                    canary: {release: r, strategy: rolling, %s}
                """.formatted(stable, canary));
    }

    private static RouteSettings route(String stable, String canary) {
        Result result = load(stable, canary);
        assertThat(result).as(result.toString()).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings().routes().get(0);
    }

    @Test
    void parse_rolling_hasItsDefaultsAndTheUpstreamsInstances() {
        RouteSettings route = route("two", "rolling: {" + HOOKS + "}");

        GraySettings gray = Objects.requireNonNull(route.gray());
        assertThat(gray.canary()).isEqualTo(route.stable());
        assertThat(gray.onMissingKey()).isEqualTo(MissingKey.EACH_REQUEST);
        Plan plan = Objects.requireNonNull(gray.rollout().plan());
        assertThat(plan.strategy()).isEqualTo("rolling");
        assertThat(plan.course())
                .isEqualTo(new RollingCourse(
                        List.of(new Instance("127.0.0.1:1", 1), new Instance("127.0.0.1:2", 3)),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(10),
                        50));
        Rolling rolling = Objects.requireNonNull(gray.rollout().rolling());
        assertThat(rolling.update().call()).isInstanceOf(Call.Program.class);
        assertThat(rolling.undo().call()).isInstanceOf(Call.Webhook.class);
        assertThat(rolling.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(rolling.health()).isEqualTo(new SmokeRequest("/ok", 200, Duration.ofSeconds(3)));
        assertThat(rolling.healthWithin()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void parse_rolling_whatHasNoKeyBesideThoseWithOneIsItsAddress() {
        for (String key : List.of("userKey: [{cookie: u}]", "onMissingKey: clientIp")) {
            RouteSettings route = route("two", key + ", rolling: {" + HOOKS + "}");
            assertThat(Objects.requireNonNull(route.gray()).onMissingKey()).isEqualTo(MissingKey.CLIENT_IP);
        }
    }

    @Test
    void parse_rolling_takesWhatItIsGiven() {
        RouteSettings route = route("two", """
                upstream: two, rolling: {%s, drainTimeout: 5s, health: {path: /up, status: 204}, healthWithin: 9s,
                hold: 2m, watch: 3m, minRequests: 7}""".formatted(HOOKS));

        GraySettings gray = Objects.requireNonNull(route.gray());
        Rolling rolling = Objects.requireNonNull(gray.rollout().rolling());
        assertThat(rolling.health()).isEqualTo(new SmokeRequest("/up", 204, Duration.ofSeconds(2)));
        assertThat(rolling.drainTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(Objects.requireNonNull(gray.rollout().plan()).course().words())
                .isEqualTo("instance by instance, each held for PT2M and 7 requests, all for PT3M");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            one   | rolling: {HOOKS, health: {path: /}} | canary.strategy: rolling over the one endpoint of one, so nobody serves while it is out
            twice | rolling: {HOOKS, health: {path: /}} | canary.strategy: an endpoint of twice twice
            bare  | rolling: {HOOKS}                    | canary.rolling: no health, and upstream bare has no healthCheck
            two   | userKey: [{cookie: u}]              | canary.rolling: missing
            two   | rolling: {HOOKS}, upstream: bare    | canary.upstream: bare (expected: two, whose instances are updated, or none)
            two   | rolling: {HOOKS}, steps: allAtOnce  | canary.steps: says nothing in a rolling release
            two   | rolling: {HOOKS}, mirror: {percent: 5} | canary.mirror: says nothing in a rolling release
            two   | rolling: {HOOKS, watch: 30h}        | canary.deadline: 24h, but rolling watches for 30h
            two   | rolling: {update: {command: [sh]}}  | rolling.undo: missing
            two   | rolling: {update: {}, undo: {command: [sh]}} | rolling.update: nothing is asked (expected: one of url, command)
            """)
    void parse_whatCannotWork_isTold(String stable, String canary, String problem) {
        Result result =
                load(stable, canary.replace("HOOKS", HOOKS) + (canary.contains("deadline") ? "" : ", deadline: 24h"));
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result).problems().toString()).contains(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rolling: {HOOKS, watch: 0s}                                    | rolling.watch: 0s: promoted as soon as the checks are healthy
            rolling: {HOOKS, drainTimeout: 14m}, deadline: 15m             | deadline: 15m, but an instance may be out for 910s (drainTimeout, the update's timeout and healthWithin)
            rolling: {update: {url: 'http://127.0.0.1:9901/'}, undo: {command: [sh]}} | rolling: update asks the admin address of this proxy
            """)
    void parse_whatIsHardlyMeant_isWarnedOf(String canary, String warning) {
        Result result = load("two", canary.replace("HOOKS", HOOKS));
        assertThat(((Result.Loaded) result).warnings().toString()).contains(warning);
    }

    @Test
    void parse_twoReleasesOfOneUpstream_isTold() {
        Result result = load(
                "two",
                "rolling: {" + HOOKS + "}}\n  - {name: other, stable: two, canary: {release: r,"
                        + " strategy: rolling, rolling: {" + HOOKS + "}}");
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("routes shop and other both update the instances of two");
    }

    @Test
    void parse_otherStrategyWithoutUpstream_isTold() {
        Result result = load("two", "ratio: 5, userKey: [{cookie: u}]");
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("canary.ratio: says nothing in a rolling");
        Result plain = ConfigLoader.parse("f.yaml", """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams: [{name: v1, endpoints: [{address: "127.0.0.1:1"}]}]
                routes: [{name: shop, stable: v1, canary: {release: r, ratio: 5, userKey: [{cookie: u}]}}]
                """);
        assertThat(((Result.Rejected) plain).problems().toString()).contains("canary.upstream: missing");
    }
}
