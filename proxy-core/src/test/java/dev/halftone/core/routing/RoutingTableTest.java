package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
    private static final Upstream STABLE = upstream("v1");
    private static final Upstream CANARY = upstream("v2");
    private static final InetAddress CLIENT = Cidr8.address(10, 1, 2, 3);

    /** Makes addresses without looking anything up. */
    private static final class Cidr8 {
        static InetAddress address(int a, int b, int c, int d) {
            try {
                return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
            } catch (java.net.UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static Upstream upstream(String name) {
        return new Upstream(
                name,
                List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
                Upstream.LoadBalancing.LEAST_REQUEST,
                java.time.Duration.ofSeconds(1),
                java.time.Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT);
    }

    private static Gray gray(int percent, MissingKey missing, Rule... rules) {
        return new Gray(
                CANARY,
                "v2",
                1,
                List.of(new UserKeySource.Cookie("user_id"), new UserKeySource.Header("X-User-Id")),
                missing,
                null,
                List.of(rules),
                new Ratio(percent * 100),
                true);
    }

    private static Route route(int id, RequestMatch match, @Nullable Gray gray) {
        return new Route(id, "r" + id, match, STABLE, gray, Forwarding.DEFAULT);
    }

    private static SampleRequest request(
            String host, String path, Map<String, String> headers, Map<String, String> cookies) {
        return new SampleRequest("GET", host, path, headers, cookies, Map.of(), CLIENT);
    }

    private static SampleRequest user(String id) {
        return request("shop", "/", Map.of(), Map.of("user_id", id));
    }

    private static Choice choose(RoutingTable table, RequestView request) {
        Choice choice = table.choose(request);
        assertThat(choice).isNotNull();
        return java.util.Objects.requireNonNull(choice);
    }

    private static RoutingTable table(Gray gray) {
        return new RoutingTable(List.of(route(0, RequestMatch.ANY, gray)));
    }

    private static RequestMatch header(String name, String value) {
        FieldMatch field = new FieldMatch(name, new FieldMatch.Test.Exact(value), false);
        return new RequestMatch(List.of(), null, List.of(), List.of(field), List.of(), List.of(), List.of());
    }

    @Test
    void choose_user_goesWhereTheFormulaSays() {
        RoutingTable table = new RoutingTable(List.of(route(0, RequestMatch.ANY, gray(10, MissingKey.STABLE))));
        for (int i = 0; i < 5000; i++) {
            boolean canary = new Ratio(1000).includes(Buckets.position(null, "r0", "v2", "u" + i));
            Choice choice = choose(table, user("u" + i));
            assertThat(choice.version()).isEqualTo(canary ? Version.CANARY : Version.STABLE);
            assertThat(choice.reason()).isEqualTo(Reason.RATIO);
            assertThat(choice.analyzed()).isTrue();
        }
    }

    @Test
    void choose_keySources_firstNonEmptyOfAtMost256BytesCounts() {
        RoutingTable table = table(gray(100, MissingKey.STABLE));
        assertThat(choose(table, request("h", "/", Map.of("x-user-id", "7"), Map.of("user_id", "")))
                        .version())
                .isEqualTo(Version.CANARY);
        assertThat(choose(table, request("h", "/", Map.of("X-User-Id", "7"), Map.of("user_id", "x".repeat(257))))
                        .version())
                .isEqualTo(Version.CANARY);
        assertThat(choose(table, user("x".repeat(256))).version()).isEqualTo(Version.CANARY);
        Choice none = choose(table, user("x".repeat(257)));
        assertThat(none.version()).isEqualTo(Version.STABLE);
        assertThat(none.reason()).isEqualTo(Reason.NO_KEY);
        assertThat(none.analyzed()).isFalse();
    }

    @Test
    void choose_missingKey_asConfigured() {
        RequestView nobody = request("h", "/", Map.of(), Map.of());
        assertThat(choose(table(gray(100, MissingKey.STABLE)), nobody).version())
                .isEqualTo(Version.STABLE);
        Choice byAddress = choose(table(gray(100, MissingKey.CLIENT_IP)), nobody);
        assertThat(byAddress.version()).isEqualTo(Version.CANARY);
        assertThat(byAddress.analyzed()).isTrue();
        Random random = new Random(3);
        RoutingTable drawn =
                new RoutingTable(List.of(route(0, RequestMatch.ANY, gray(30, MissingKey.RANDOM))), random::nextLong);
        int canary = 0;
        for (int i = 0; i < 10_000; i++) {
            canary += choose(drawn, nobody).version() == Version.CANARY ? 1 : 0;
        }
        assertThat(canary).isBetween(2800, 3200);
    }

    @Test
    void choose_eachRequest_isDrawnAndAnalyzedAsNobodysInParticular() {
        Random random = new Random(3);
        Gray gray = gray(30, MissingKey.EACH_REQUEST);
        RoutingTable drawn = new RoutingTable(List.of(route(0, RequestMatch.ANY, gray)), random::nextLong);
        UserPosition user = new UserPosition();
        int canary = 0;
        for (int i = 0; i < 10_000; i++) {
            Choice choice = Objects.requireNonNull(drawn.choose(request("h", "/", Map.of(), Map.of()), user));
            canary += choice.version() == Version.CANARY ? 1 : 0;
            assertThat(choice.analyzed()).isTrue();
            assertThat(user.isKnown()).isFalse();
        }
        assertThat(canary).isBetween(2800, 3200);
    }

    @Test
    void choose_rules_firstMatchWinsOverRatio() {
        Gray gray = gray(
                0,
                MissingKey.STABLE,
                new Rule("qa", header("X-Canary", "always"), Rule.SendTo.CANARY, false),
                new Rule("out", header("X-Canary", "never"), Rule.SendTo.STABLE, true),
                new Rule("late", header("X-Canary", "always"), Rule.SendTo.STABLE, true));
        Choice qa = choose(table(gray), request("h", "/", Map.of("x-canary", "always"), Map.of()));
        assertThat(qa.version()).isEqualTo(Version.CANARY);
        assertThat(qa.rule()).isEqualTo("qa");
        assertThat(qa.reason()).isEqualTo(Reason.RULE);
        assertThat(qa.analyzed()).isFalse();
        Choice held = choose(table(gray.withOpen(false)), request("h", "/", Map.of("x-canary", "always"), Map.of()));
        assertThat(held.version())
                .as("not one request reaches a release that is held")
                .isEqualTo(Version.STABLE);
    }

    @Test
    void choose_closedAtAnyRatio_everybodyIsOnStable() {
        for (MissingKey missing : MissingKey.values()) {
            RoutingTable table = table(gray(100, missing).withOpen(false));
            assertThat(choose(table, user("1")).version()).isEqualTo(Version.STABLE);
            assertThat(choose(table, request("h", "/", Map.of(), Map.of())).version())
                    .isEqualTo(Version.STABLE);
        }
    }

    @Test
    void with_anotherRatio_decidesTheNextRequest() {
        Gray gray = gray(0, MissingKey.STABLE);
        RoutingTable table = table(gray);
        assertThat(choose(table, user("1")).version()).isEqualTo(Version.STABLE);
        RoutingTable raised = table.with(route(0, RequestMatch.ANY, gray.withRatio(Ratio.ALL)));
        assertThat(choose(raised, user("1")).version()).isEqualTo(Version.CANARY);
        assertThat(choose(table, user("1")).version()).isEqualTo(Version.STABLE);
    }

    @Test
    void explain_anyRequest_agreesWithChoose() {
        Random random = new Random(9);
        Rule rule = new Rule("qa", header("X-Canary", "always"), Rule.SendTo.CANARY, false);
        for (int i = 0; i < 2000; i++) {
            Gray gray = gray(random.nextInt(101), random.nextBoolean() ? MissingKey.STABLE : MissingKey.CLIENT_IP, rule)
                    .withOpen(random.nextInt(4) > 0);
            Route route = route(0, RequestMatch.ANY, gray);
            RequestView request = request(
                    "h",
                    "/",
                    random.nextInt(5) == 0 ? Map.of("X-Canary", "always") : Map.of(),
                    random.nextInt(5) == 0 ? Map.of() : Map.of("user_id", "u" + i));
            RoutingTable table = new RoutingTable(List.of(route));
            Choice choice = choose(table, request);
            Explanation explanation = table.explain(route, request);
            assertThat(explanation.version()).isEqualTo(choice.version());
            assertThat(explanation.reason()).isEqualTo(choice.reason());
            assertThat(explanation.why()).contains(choice.version().label());
        }
    }

    @Test
    void choose_randomTables_firstMatchAsAScanFindsIt() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            List<Route> routes = new ArrayList<>();
            int size = 1 + random.nextInt(60);
            for (int i = 0; i < size; i++) {
                routes.add(route(i, randomMatch(random), null));
            }
            RoutingTable table = new RoutingTable(routes);
            for (int i = 0; i < 100; i++) {
                RequestView request = randomRequest(random);
                Route expected = routes.stream()
                        .filter(route -> new MatchTest(route.match()).matches(request))
                        .findFirst()
                        .orElse(null);
                Choice choice = table.choose(request);
                assertThat(choice == null ? null : choice.route()).isEqualTo(expected);
            }
        }
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static RequestMatch randomMatch(Random random) {
        List<String> hosts = random.nextInt(3) == 0
                ? List.of()
                : List.of(pick(random, List.of("a.com", "B.com", "*.com", "*.a.com", "*.x.a.com")));
        PathMatch path = pick(
                random,
                List.of(
                        new PathMatch.Prefix("/"),
                        new PathMatch.Prefix("/api"),
                        new PathMatch.Prefix("/api/"),
                        new PathMatch.Prefix("/api/v1"),
                        new PathMatch.Exact("/api"),
                        new PathMatch.Exact("/api/v1/x"),
                        new PathMatch.Regex(Pattern.compile("/a.*"))));
        List<String> methods = random.nextInt(4) == 0 ? List.of("POST") : List.of();
        List<FieldMatch> headers = random.nextInt(4) == 0
                ? List.of(new FieldMatch("X-T", new FieldMatch.Test.Present(), random.nextBoolean()))
                : List.of();
        List<Cidr> networks = random.nextInt(5) == 0
                ? List.of(Cidr.parse(pick(random, List.of("10.0.0.0/8", "11.0.0.0/8"))))
                : List.of();
        return new RequestMatch(
                hosts, random.nextInt(5) == 0 ? null : path, methods, headers, List.of(), List.of(), networks);
    }

    private static RequestView randomRequest(Random random) {
        return new SampleRequest(
                pick(random, List.of("GET", "POST")),
                pick(random, List.of("a.com", "b.COM", "x.a.com", "y.x.a.com", "c.org", "a.com.", "")),
                pick(random, List.of("/", "/api", "/api/", "/api/v1", "/api/v1/x", "/api/v12", "/apix", "/b")),
                random.nextBoolean() ? Map.of("x-t", "1") : Map.of(),
                Map.of(),
                Map.of(),
                CLIENT);
    }

    @Test
    void choose_warm_allocatesNothing() {
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            RequestMatch match = new RequestMatch(
                    List.of("shop"),
                    new PathMatch.Prefix("/p" + i),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of());
            routes.add(route(i, match, gray(10, MissingKey.STABLE)));
        }
        RoutingTable table = new RoutingTable(routes);
        RequestView request = request("shop", "/p9999/x", Map.of(), Map.of("user_id", "42"));
        UserPosition user = new UserPosition();
        for (int i = 0; i < 100_000; i++) {
            table.choose(request, user);
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            table.choose(request, user);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).as("bytes in 100 000 choices").isLessThan(100_000);
    }
}
