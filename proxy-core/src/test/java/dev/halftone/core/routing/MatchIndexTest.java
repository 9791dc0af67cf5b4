package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MatchIndexTest {
    private static final List<String> HOSTS = List.of("shop.test", "API.shop.test", "*.shop.test", "*.test", "test");
    private static final List<String> ASKED_HOSTS = List.of(
            "shop.test", "api.SHOP.test", "a.b.shop.test", "test", "other", "shop.test.", ".test", "xshop.test");
    private static final List<String> PATHS = List.of("/", "/a", "/a/", "/a/b", "/ab", "/a/b/", "/b");
    private static final List<String> ASKED_PATHS =
            List.of("/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/abc", "/b/", "/c", "//a", "/a//b");
    private static final Upstream UPSTREAM = new Upstream(
            "u",
            List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
            Upstream.LoadBalancing.LEAST_REQUEST,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Upstream.Pool.DEFAULT);

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static @Nullable PathMatch path(Random random) {
        String path = any(random, PATHS);
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> new PathMatch.Exact(path);
            case 2 -> new PathMatch.Prefix(path);
            default -> new PathMatch.Regex(Pattern.compile(Pattern.quote(path) + ".?"));
        };
    }

    private static RequestMatch match(Random random) {
        List<String> hosts = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            hosts.add(any(random, HOSTS));
        }
        List<String> methods = random.nextInt(4) == 0 ? List.of("POST") : List.of();
        List<FieldMatch> headers = random.nextInt(4) == 0
                ? List.of(new FieldMatch("X-A", new FieldMatch.Test.Exact("1"), random.nextBoolean()))
                : List.of();
        List<Cidr> networks = random.nextInt(6) == 0 ? List.of(Cidr.parse("10.0.0.0/8")) : List.of();
        return new RequestMatch(hosts, path(random), methods, headers, List.of(), List.of(), networks);
    }

    /** What the index saves must not change who wins: the first route in order of which all that it asks holds. */
    @Test
    void first_randomRoutesAndRequests_findsWhatAScanFinds() throws Exception {
        Random random = new Random(11);
        int found = 0;
        for (int table = 0; table < 3000; table++) {
            List<Route> routes = new ArrayList<>();
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                routes.add(new Route(
                        routes.size(), "r" + routes.size(), match(random), UPSTREAM, null, Forwarding.DEFAULT));
            }
            MatchIndex index = new MatchIndex(routes);
            for (int i = 0; i < 20; i++) {
                SampleRequest request = new SampleRequest(
                        random.nextBoolean() ? "GET" : "POST",
                        any(random, ASKED_HOSTS),
                        any(random, ASKED_PATHS),
                        random.nextBoolean() ? Map.of("X-A", "1") : Map.of(),
                        Map.of(),
                        Map.of(),
                        InetAddress.getByName(random.nextBoolean() ? "10.1.2.3" : "127.0.0.1"));
                int expected = -1;
                for (int position = routes.size() - 1; position >= 0; position--) {
                    boolean matches = new MatchTest(routes.get(position).match()).matches(request);
                    expected = matches ? position : expected;
                }
                assertThat(index.first(request)).as("%s of %s", request, routes).isEqualTo(expected);
                found += expected < 0 ? 0 : 1;
            }
        }
        assertThat(found).isBetween(10_000, 59_000);
    }
}
