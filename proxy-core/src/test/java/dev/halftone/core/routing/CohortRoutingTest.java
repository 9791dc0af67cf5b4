package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules by region, device and list, user keys that must be proven, and the index that finds a rule among many. */
class CohortRoutingTest {
    private static final UserList.Key KEY = new UserList.Key(new byte[16]);
    private static final Upstream UPSTREAM = new Upstream(
            "u",
            List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
            Upstream.LoadBalancing.LEAST_REQUEST,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Upstream.Pool.DEFAULT);
    /** The region stands in a header, whoever sent it. */
    private static final Regions BY_HEADER = request -> {
        CharSequence text = request.header("X-Region");
        if (text == null) {
            return 0;
        }
        String[] codes = text.toString().split("\\+", -1);
        return Regions.pack(RegionCode.parse(codes[0]), codes.length > 1 ? RegionCode.parse(codes[1]) : 0);
    };

    private static UserList list(String... users) {
        UserList.Builder builder = new UserList.Builder("list", KEY);
        for (String user : users) {
            byte[] bytes = user.getBytes(StandardCharsets.UTF_8);
            builder.add(bytes, 0, bytes.length);
        }
        return builder.build();
    }

    private static Cohort in(String... regions) {
        return new Cohort(List.of(regions), List.of(), null);
    }

    private static Rule rule(String name, Cohort cohort, Rule.SendTo sendTo) {
        return new Rule(name, RequestMatch.ANY.withCohort(cohort), sendTo, false);
    }

    private static RoutingTable table(int percent, MissingKey missing, List<UserKeySource> keys, Rule... rules) {
        Gray gray = new Gray(UPSTREAM, "v2", 1, keys, missing, null, List.of(rules), new Ratio(percent * 100), true);
        Route route = new Route(0, "shop", RequestMatch.ANY, UPSTREAM, gray, Forwarding.DEFAULT);
        return RoutingTable.of(List.of(route), BY_HEADER);
    }

    private static RoutingTable table(int percent, Rule... rules) {
        return table(percent, MissingKey.STABLE, List.of(new UserKeySource.Cookie("user_id")), rules);
    }

    private static InetAddress address(int a, int b, int c, int d) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SampleRequest request(Map<String, String> headers, Map<String, String> cookies) {
        return new SampleRequest("GET", "shop", "/", headers, cookies, Map.of(), address(10, 0, 0, 1));
    }

    private static Choice choose(RoutingTable table, RequestView request) {
        return Objects.requireNonNull(table.choose(new OneTextView(request)));
    }

    @ParameterizedTest
    @CsvSource({
        "CN-BJ, CN-BJ, true",
        "CN-BJ, CN, true",
        "CN-BJ, CN-TJ, false",
        "CN, CN, true",
        "CN, CN-BJ, false",
        "cn-bj, CN-BJ, true",
        "GB-ENG+GB-LND, GB-LND, true",
        "GB-ENG+GB-LND, GB-ENG, true",
        "GB-ENG+GB-LND, GB, true",
        "GB-ENG, GB-LND, false",
        "XX, CN, false",
        "?, CN, false"
    })
    void choose_regionRule_matchesCountryAndSubdivisions(String from, String wanted, boolean matches) {
        RoutingTable table = table(0, rule("here", in(wanted, "FR-75"), Rule.SendTo.CANARY));
        Choice choice = choose(table, request(Map.of("X-Region", from), Map.of()));
        assertThat(choice.version()).isEqualTo(matches ? Version.CANARY : Version.STABLE);
        assertThat(choice.analyzed())
                .as("an override is left out of the analysis")
                .isFalse();
    }

    @Test
    void choose_regionNarrowsTheRatio_othersStayOnStable() {
        RoutingTable table = table(
                30,
                rule("north", in("CN-BJ", "CN-TJ"), Rule.SendTo.RATIO),
                rule("others", Cohort.EVERYBODY, Rule.SendTo.STABLE));
        int canary = 0;
        for (int i = 0; i < 2000; i++) {
            Map<String, String> user = Map.of("user_id", "u" + i);
            Choice here = choose(table, request(Map.of("X-Region", "CN-TJ"), user));
            boolean below = new Ratio(3000).includes(Buckets.position(null, "shop", "v2", "u" + i));
            assertThat(here.version() == Version.CANARY).isEqualTo(below);
            assertThat(here.analyzed()).isTrue();
            assertThat(here.rule()).isEqualTo("north");
            canary += below ? 1 : 0;
            Choice there = choose(table, request(Map.of("X-Region", "CN-SH"), user));
            assertThat(there.version()).isEqualTo(Version.STABLE);
            assertThat(there.analyzed()).isFalse();
        }
        assertThat(canary).isBetween(500, 700);
    }

    @Test
    void choose_deviceRule_matchesItsClasses() {
        RoutingTable table =
                table(0, rule("phones", new Cohort(List.of(), List.of(Device.PHONE), null), Rule.SendTo.CANARY));
        assertThat(choose(table, request(Map.of("Sec-CH-UA-Mobile", "?1"), Map.of()))
                        .version())
                .isEqualTo(Version.CANARY);
        assertThat(choose(table, request(Map.of("User-Agent", "curl/8.5.0"), Map.of()))
                        .version())
                .isEqualTo(Version.STABLE);
        assertThat(choose(table, request(Map.of(), Map.of())).version()).isEqualTo(Version.STABLE);
    }

    @Test
    void choose_userList_matchesTheKeyAndItsRatioStaysTheSame() {
        Cohort listed = new Cohort(List.of(), List.of(), list("alice", "用户7"));
        RoutingTable override = table(0, rule("testers", listed, Rule.SendTo.CANARY));
        assertThat(choose(override, request(Map.of(), Map.of("user_id", "alice")))
                        .version())
                .isEqualTo(Version.CANARY);
        assertThat(choose(override, request(Map.of(), Map.of("user_id", "用户7"))).version())
                .isEqualTo(Version.CANARY);
        assertThat(choose(override, request(Map.of(), Map.of("user_id", "bob"))).version())
                .isEqualTo(Version.STABLE);
        assertThat(choose(override, request(Map.of(), Map.of())).reason()).isEqualTo(Reason.NO_KEY);
        RoutingTable narrowed = table(50, rule("testers", listed, Rule.SendTo.RATIO));
        for (String user : List.of("alice", "bob", "carol", "dave")) {
            boolean below = new Ratio(5000).includes(Buckets.position(null, "shop", "v2", user));
            assertThat(choose(narrowed, request(Map.of(), Map.of("user_id", user)))
                            .version())
                    .isEqualTo(below ? Version.CANARY : Version.STABLE);
        }
    }

    @Test
    void choose_jwtClaim_isTheReadersWordAlone() {
        UserKeySource.ClaimReader reader =
                token -> token.toString().startsWith("good.") ? token.subSequence(5, token.length()) : null;
        UserKeySource source = new UserKeySource.JwtClaim("sub", new UserKeySource.Header("Authorization"), reader);
        RoutingTable table = table(100, MissingKey.STABLE, List.of(source));
        assertThat(choose(table, request(Map.of("Authorization", "Bearer good.42"), Map.of()))
                        .reason())
                .isEqualTo(Reason.RATIO);
        assertThat(choose(table, request(Map.of("Authorization", "bEARER good.42"), Map.of()))
                        .reason())
                .isEqualTo(Reason.RATIO);
        assertThat(choose(table, request(Map.of("Authorization", "good.42"), Map.of()))
                        .reason())
                .isEqualTo(Reason.RATIO);
        assertThat(choose(table, request(Map.of("Authorization", "Bearer bad.42"), Map.of()))
                        .reason())
                .isEqualTo(Reason.NO_KEY);
        Explanation told = table.explain(
                Objects.requireNonNull(table.route("shop")),
                request(Map.of("Authorization", "Bearer good.42"), Map.of()));
        assertThat(told.keySource()).isEqualTo("JWT claim sub in header Authorization");
        assertThat(told.bucket()).isEqualTo(92);
    }

    /** Counts, and takes for its own what ends with an exclamation mark. */
    private static final class Counting implements UserKeySource.Assignment {
        private int issued;

        @Override
        public String cookie() {
            return "id";
        }

        @Override
        public @Nullable CharSequence identifier(CharSequence value) {
            String text = value.toString();
            return text.endsWith("!") ? text.substring(0, text.length() - 1) : null;
        }

        @Override
        public String issue() {
            return "n" + issued++ + "!";
        }

        @Override
        public String setCookie(String value) {
            return "id=" + value;
        }
    }

    @Test
    void choose_assignCookie_givesAKeyOnceAndThenGoesByIt() {
        Counting assignment = new Counting();
        RoutingTable table = table(
                40,
                MissingKey.ASSIGN_COOKIE,
                List.of(new UserKeySource.Cookie("user_id"), new UserKeySource.Assigned(assignment)));
        UserPosition position = new UserPosition();
        int canary = 0;
        for (int i = 0; i < 1000; i++) {
            Choice first = Objects.requireNonNull(table.choose(request(Map.of(), Map.of()), position));
            assertThat(first.reason()).isEqualTo(Reason.NO_KEY);
            assertThat(first.analyzed()).isFalse();
            assertThat(position.isKnown()).isFalse();
            assertThat(position.assigned()).isEqualTo("id=n" + i + "!");
            Choice then =
                    Objects.requireNonNull(table.choose(request(Map.of(), Map.of("id", "n" + i + "!")), position));
            assertThat(then.version()).isEqualTo(first.version());
            assertThat(then.reason()).isEqualTo(Reason.RATIO);
            assertThat(then.analyzed()).isTrue();
            assertThat(position.assigned()).isNull();
            canary += first.version() == Version.CANARY ? 1 : 0;
        }
        assertThat(canary).isBetween(340, 460);
        table.choose(request(Map.of(), Map.of("id", "forged")), position);
        assertThat(position.assigned()).as("a forged cookie is replaced").isEqualTo("id=n1000!");
        table.choose(request(Map.of(), Map.of("user_id", "7")), position);
        assertThat(position.assigned()).as("who has an identifier needs none").isNull();
    }

    @Test
    void choose_assignCookieWhileHeld_assignsNothing() {
        Counting assignment = new Counting();
        Gray gray = new Gray(
                UPSTREAM,
                "v2",
                1,
                List.of(new UserKeySource.Assigned(assignment)),
                MissingKey.ASSIGN_COOKIE,
                null,
                List.of(),
                Ratio.NONE,
                false);
        RoutingTable table =
                new RoutingTable(List.of(new Route(0, "shop", RequestMatch.ANY, UPSTREAM, gray, Forwarding.DEFAULT)));
        UserPosition position = new UserPosition();
        assertThat(Objects.requireNonNull(table.choose(request(Map.of(), Map.of()), position))
                        .version())
                .isEqualTo(Version.STABLE);
        assertThat(position.assigned()).isNull();
    }

    @Test
    void explain_showsRegionAndDevice() {
        RoutingTable table = table(50, rule("north", in("CN-BJ"), Rule.SendTo.CANARY));
        Route route = Objects.requireNonNull(table.route("shop"));
        Explanation told = table.explain(
                route, request(Map.of("X-Region", "cn-bj", "User-Agent", "Mozilla/5.0 (iPad)"), Map.of()));
        assertThat(told.region()).isEqualTo("CN-BJ");
        assertThat(told.device()).isEqualTo("tablet");
        assertThat(told.rule()).isEqualTo("north");
        Explanation unknown = table.explain(route, request(Map.of(), Map.of("user_id", "42")));
        assertThat(unknown.region()).isNull();
        assertThat(unknown.device()).isNull();
    }

    @Test
    void explain_userOfAProvenSource_isTakenAtItsWord() {
        UserKeySource source = new UserKeySource.JwtClaim("sub", new UserKeySource.Cookie("session"), token -> null);
        RoutingTable table = table(50, MissingKey.STABLE, List.of(source));
        Route plain = Objects.requireNonNull(table.route("shop")).withUnprovenKeys();
        assertThat(table.explain(plain, SampleRequest.ofUser(plain, "42")).bucket())
                .isEqualTo(92);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "C", "CNN", "CN-", "CN-BJXX", "C1", "12", "CN_BJ", "CN-B J", "T1", "-CN", "CN-BJ,CN-TJ"})
    void parse_noRegion_isUnknown(String text) {
        assertThat(RegionCode.parse(text)).isEqualTo(RegionCode.UNKNOWN);
        assertThatThrownBy(() -> in(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void text_ofParsed_isTheSame() {
        for (String text : List.of("CN", "CN-BJ", "CN-11", "US-CA", "GB-ENG", "FR-2A", "AA", "ZZ-Z99", "DE-9")) {
            assertThat(RegionCode.text(RegionCode.parse(text))).isEqualTo(text);
        }
    }

    @Test
    void contains_randomUsers_exactlyThoseOnTheList() {
        Random random = new Random(11);
        Set<String> on = new HashSet<>();
        for (int i = 0; i < 50_000; i++) {
            on.add("u" + random.nextInt(200_000));
        }
        UserList list = list(on.toArray(new String[0]));
        assertThat(list.size()).isEqualTo(on.size());
        for (int i = 0; i < 200_000; i++) {
            String user = "u" + i;
            assertThat(list.contains(list.hash().hash(user))).isEqualTo(on.contains(user));
        }
        assertThat(list("a", "b", "a").size()).isEqualTo(2);
        assertThat(list().contains(0)).isFalse();
        assertThat(list().contains(1)).isFalse();
    }

    @Test
    void contains_randomNetworks_asAskingEach() throws Exception {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            List<Cidr> networks = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                networks.add(network(random));
            }
            NetworkTable table = NetworkTable.of(networks);
            for (int i = 0; i < 50; i++) {
                InetAddress address = somewhere(random);
                boolean one = networks.stream().anyMatch(network -> network.contains(address));
                assertThat(table.contains(address.getAddress())).isEqualTo(one);
            }
        }
    }

    private static InetAddress somewhere(Random random) throws UnknownHostException {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(3);
        }
        return InetAddress.getByAddress(bytes);
    }

    private static Cidr network(Random random) {
        boolean v4 = random.nextBoolean();
        int bits = random.nextInt(v4 ? 33 : 129);
        try {
            byte[] bytes = new byte[v4 ? 4 : 16];
            for (int i = 0; i < bytes.length; i++) {
                int keep = Math.max(0, Math.min(8, bits - i * 8));
                bytes[i] = (byte) (random.nextInt(3) & 0xff << (8 - keep));
            }
            return Cidr.parse(InetAddress.getByAddress(bytes).getHostAddress() + "/" + bits);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Rules of every kind over few values, so that many match; the index must find what asking each in turn finds. */
    @Test
    void first_randomRules_asAskingEachInTurn() {
        Random random = new Random(42);
        for (int round = 0; round < 300; round++) {
            List<Rule> rules = new ArrayList<>();
            int count = random.nextInt(60);
            for (int i = 0; i < count; i++) {
                rules.add(new Rule("r" + i, condition(random), Rule.SendTo.RATIO, false));
            }
            RoutingTable whole = table(50, rules.toArray(new Rule[0]));
            List<RoutingTable> single =
                    rules.stream().map(rule -> table(50, rule)).toList();
            for (int i = 0; i < 20; i++) {
                SampleRequest request = randomRequest(random);
                String expected = null;
                for (int r = 0; r < single.size() && expected == null; r++) {
                    expected = choose(single.get(r), request).rule();
                }
                assertThat(choose(whole, request).rule()).isEqualTo(expected);
            }
        }
    }

    private static RequestMatch condition(Random random) {
        List<FieldMatch> headers = fields(random);
        List<FieldMatch> cookies = random.nextInt(3) == 0 ? fields(random) : List.of();
        List<FieldMatch> query = random.nextInt(4) == 0 ? fields(random) : List.of();
        List<Cidr> networks = random.nextInt(3) == 0 ? List.of(Cidr.parse("10.0.0." + random.nextInt(4))) : List.of();
        List<String> regions = random.nextInt(3) == 0
                ? List.of(List.of("CN", "CN-BJ", "CN-TJ", "FR").get(random.nextInt(4)))
                : List.of();
        List<Device> devices = random.nextInt(4) == 0 ? List.of(Device.PHONE) : List.of();
        UserList users = random.nextInt(4) == 0 ? list("v" + random.nextInt(4)) : null;
        return new RequestMatch(
                List.of(), null, List.of(), headers, cookies, query, networks, new Cohort(regions, devices, users));
    }

    private static List<FieldMatch> fields(Random random) {
        List<FieldMatch> fields = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            String value = "v" + random.nextInt(4);
            FieldMatch.Test test = switch (random.nextInt(4)) {
                case 0 -> new FieldMatch.Test.Exact(value);
                case 1 -> new FieldMatch.Test.In(List.of(value, "v0"));
                case 2 -> new FieldMatch.Test.Prefix(value);
                default -> new FieldMatch.Test.Present();
            };
            fields.add(new FieldMatch(random.nextBoolean() ? "a" : "user_id", test, random.nextInt(5) == 0));
        }
        return fields;
    }

    private static SampleRequest randomRequest(Random random) {
        Map<String, String> headers = new HashMap<>();
        Map<String, String> cookies = new HashMap<>();
        for (String name : List.of("a", "user_id")) {
            if (random.nextBoolean()) {
                headers.put(name, "v" + random.nextInt(4));
            }
            if (random.nextBoolean()) {
                cookies.put(name, "v" + random.nextInt(4));
            }
        }
        if (random.nextBoolean()) {
            headers.put("X-Region", List.of("CN", "CN-BJ", "FR-75", "US+US-CA").get(random.nextInt(4)));
        }
        if (random.nextBoolean()) {
            headers.put("Sec-CH-UA-Mobile", "?1");
        }
        return new SampleRequest(
                "GET",
                "shop",
                "/",
                headers,
                cookies,
                Map.of("a", "v" + random.nextInt(4)),
                address(10, 0, 0, random.nextInt(5)));
    }
}
