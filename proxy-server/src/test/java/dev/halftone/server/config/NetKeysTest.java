package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.MirrorPolicy;
import dev.halftone.core.routing.ReplayPolicy;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import dev.halftone.core.routing.SafetyNet;
import dev.halftone.server.config.ConfigLoader.Result;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetKeysTest {
    private static Result parse(String route, String canary) {
        return ConfigLoader.parse("f.yaml", """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    %s
                    canary: {upstream: v2, release: v2, userKey: [{cookie: u}], ratio: 1, %s}
                """.formatted(route, canary));
    }

    private static Settings.RouteSettings route(String route, String canary) {
        Result result = parse(route, canary);
        assertThat(result).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings().routes().get(0);
    }

    private static SafetyNet net(String canary) {
        return Objects.requireNonNull(route("", canary).gray()).net();
    }

    @Test
    void absent_orNull_isNone() {
        Settings.RouteSettings plain = route("retries: null", "rescue: null, mirror: null");
        assertThat(plain.forwarding().retries()).isNull();
        assertThat(net("salt: null")).isEqualTo(SafetyNet.NONE);
        assertThat(Objects.requireNonNull(plain.gray()).net()).isEqualTo(SafetyNet.NONE);
    }

    @Test
    void empty_hasTheDocumentedDefaults() {
        @Nullable ReplayPolicy rescue = net("rescue: {}").rescue();
        assertThat(rescue).isNotNull().satisfies(policy -> {
            assertThat(policy.on()).containsExactlyInAnyOrder(Cause.values());
            assertThat(policy.methods()).containsExactly("GET", "HEAD");
            assertThat(policy.budgetPercent()).isEqualTo(20);
        });
        assertThat(route("retries: {}", "salt: null").forwarding().retries())
                .isNotNull()
                .satisfies(policy -> {
                    assertThat(policy.attempts()).isEqualTo(1);
                    assertThat(policy.on()).containsExactly(Cause.CONNECT_ERROR);
                    assertThat(policy.methods()).isEqualTo(ReplayPolicy.IDEMPOTENT);
                });
        assertThat(net("mirror: {percent: 1}").mirror()).isNotNull().satisfies(mirror -> {
            assertThat(mirror.compare()).containsExactly(MirrorPolicy.Aspect.STATUS);
            assertThat(mirror.methods()).containsExactly("GET", "HEAD");
            assertThat(mirror.maxBodyBytes()).isEqualTo(65_536);
            assertThat(mirror.maxInFlight()).isEqualTo(64);
            assertThat(mirror.timeout()).hasSeconds(5);
        });
    }

    @Test
    void mirrorOfNothing_isNone() {
        assertThat(net("mirror: {percent: 0}").mirror()).isNull();
        assertThat(net("mirror: {}").mirror()).isNull();
    }

    @Test
    void given_isTaken() {
        assertThat(net("rescue: {on: [502, reset], methods: [GET, PUT], budgetPercent: 5}")
                        .rescue())
                .isEqualTo(new ReplayPolicy(
                        1, java.util.Set.of(Cause.BAD_GATEWAY, Cause.RESET), List.of("GET", "PUT"), 5));
        assertThat(
                        net("mirror: {percent: 2.5, compare: [bodyHash, latency], maxBody: 1MiB, maxInFlight: 5, timeout: 1s}")
                                .mirror())
                .isNotNull()
                .satisfies(mirror -> {
                    assertThat(mirror.share().hundredths()).isEqualTo(250);
                    assertThat(mirror.compare()).hasSize(2);
                    assertThat(mirror.maxBodyBytes()).isEqualTo(1 << 20);
                });
    }

    @Test
    void mirrorOfUnsafeMethods_isWarnedOf() {
        Result.Loaded loaded = (Result.Loaded) parse("", "mirror: {percent: 1, methods: [GET, POST]}");
        assertThat(loaded.warnings().toString())
                .contains("mirror.methods: the canary gets what changes things, and so it happens twice");
        assertThat(((Result.Loaded) parse("", "mirror: {percent: 1, methods: [GET, OPTIONS]}")).warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rescue: {on: [500]}            | rescue.on[0]: 500 (expected: one of connectError, reset, 502, 503, 504)
            rescue: {methods: [POST]}      | rescue.methods[0]: POST (expected: one of GET, HEAD, OPTIONS, PUT, DELETE)
            rescue: {budgetPercent: 101}   | rescue.budgetPercent: 101 (expected: a whole number 0..100)
            rescue: {attempts: 2}          | rescue.attempts: unknown key
            mirror: {percent: 101}         | mirror.percent: 101 (expected: 0..100 with at most two decimals)
            mirror: {compare: [body]}      | mirror.compare[0]: body (expected: one of status, latency, size, bodyHash)
            mirror: {maxBody: 17MiB}       | mirror.maxBody: 17MiB (expected: at most 16MiB)
            mirror: {maxInFlight: 0}       | mirror.maxInFlight: 0 (expected: a whole number 1..10000)
            """)
    void wrong_isTold(String canary, String expected) {
        assertThat(((Result.Rejected) parse("", canary)).problems().toString()).contains("canary." + expected);
    }

    @Test
    void wrongRetries_areTold() {
        assertThat(((Result.Rejected) parse("retries: {attempts: 11}", "salt: null"))
                        .problems()
                        .toString())
                .contains("routes[0].retries.attempts: 11 (expected: a whole number 1..10)");
    }
}
