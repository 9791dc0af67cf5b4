package dev.halftone.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportedOutcomesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Upstream UPSTREAM = new Upstream(
            "u",
            List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
            Upstream.LoadBalancing.RANDOM,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);
    private static final Gray GRAY = new Gray(
            UPSTREAM,
            "v2",
            1,
            List.of(new UserKeySource.Cookie("user_id")),
            MissingKey.STABLE,
            null,
            List.of(),
            new Ratio(5000),
            true);

    private final OutcomeWindow window = new OutcomeWindow();
    private final Route route = route(GRAY, new CustomMetrics(null, List.of("click", "falseAlarm")));
    private final ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of(route)));
    private final ReportedOutcomes outcomes = new ReportedOutcomes(routing, window);

    private static Route route(@Nullable Gray gray, @Nullable CustomMetrics metrics) {
        Forwarding forwarding = new Forwarding(
                false,
                Duration.ZERO,
                Duration.ZERO,
                null,
                null,
                Forwarding.HeaderEdits.NONE,
                Forwarding.HeaderEdits.NONE,
                metrics);
        return new Route(0, "shop", RequestMatch.ANY, UPSTREAM, gray, forwarding);
    }

    private String take(String body, long nowNanos) throws Exception {
        return outcomes.take(route, RouteJson.JSON.readTree(body), nowNanos).toString();
    }

    private RouteSlice slice() {
        return window.closeSlice(SECOND).get(0);
    }

    private ApiProblem problem(String body) {
        return Objects.requireNonNull(catchThrowableOfType(ApiProblem.class, () -> take(body, SECOND)));
    }

    @Test
    void take_ofVersions_allCount() throws Exception {
        window.startEpoch(0, 1);
        assertThat(take(
                        "[{\"name\": \"click\", \"version\": \"canary\", \"value\": 1},"
                                + "{\"name\": \"click\", \"version\": \"canary\", \"value\": 0},"
                                + "{\"name\": \"falseAlarm\", \"version\": \"stable\", \"value\": 0.02, \"count\": 500}]",
                        SECOND))
                .isEqualTo("{\"accepted\":502,\"counted\":502}");
        RouteSlice slice = slice();
        assertThat(slice.canary().reported("click")).isEqualTo(new Reported(2, 1));
        assertThat(slice.stable().reported("falseAlarm")).isEqualTo(new Reported(500, 10));
    }

    @Test
    void take_ofUsers_goToTheirVersionAndCountTwiceInTenSeconds() throws Exception {
        window.startEpoch(0, 1);
        long canary = 0;
        for (int i = 0; i < 100; i++) {
            String user = "u" + i;
            var choice = routing.get().choose("shop", SampleRequest.ofUser(route, user), new UserPosition());
            canary += Objects.requireNonNull(choice).version() == Version.CANARY ? 1 : 0;
            String report = "{\"name\": \"click\", \"user\": \"" + user + "\", \"value\": 1}";
            assertThat(take("[" + report + "," + report + "," + report + "]", SECOND))
                    .isEqualTo("{\"accepted\":3,\"counted\":2}");
        }
        RouteSlice slice = slice();
        assertThat(canary).isBetween(30L, 70L);
        assertThat(slice.canary().reported("click").trials()).isEqualTo(2 * canary);
        assertThat(slice.stable().reported("click").trials()).isEqualTo(200 - 2 * canary);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"name": "clik", "version": "canary", "value": 1}                  | .name: "clik" (expected: one of click, falseAlarm)
            {"version": "canary", "value": 1}                                  | .name: missing (expected: one of click
            {"name": 7, "version": "canary", "value": 1}                       | .name: 7 (expected: one of click
            {"name": "click", "value": 1}                                      | : neither version nor user (expected: one of them)
            {"name": "click", "version": "canary", "user": "u", "value": 1}    | : both version and user (expected: one of them)
            {"name": "click", "version": "grey", "value": 1}                   | .version: "grey" (expected: stable or canary)
            {"name": "click", "version": null, "value": 1}                     | .version: null (expected: stable or canary)
            {"name": "click", "user": "", "value": 1}                          | .user: "" (expected: a user key of 1..256 bytes, as text)
            {"name": "click", "user": 42, "value": 1}                          | .user: 42 (expected: a user key
            {"name": "click", "user": "u"}                                     | .value: missing (expected: 0 or 1, or with count the share
            {"name": "click", "user": "u", "value": "1"}                       | .value: "1" (expected: 0 or 1
            {"name": "click", "user": "u", "value": 2}                         | .value: 2 (expected: 0 or 1
            {"name": "click", "user": "u", "value": -0.1, "count": 9}          | .value: -0.1 (expected: 0 or 1
            {"name": "click", "user": "u", "value": 0.5}                       | .value: 0.5 (expected: 0 or 1, as there is one outcome)
            {"name": "click", "user": "u", "value": 1, "count": 0}             | .count: 0 (expected: a whole number 1..1000000)
            {"name": "click", "user": "u", "value": 1, "count": 1.5}           | .count: 1.5 (expected: a whole number
            {"name": "click", "user": "u", "value": 1, "count": 1000001}       | .count: 1000001 (expected: a whole number
            {"name": "click", "user": "u", "value": 1, "count": 1e99}          | .count: 1.0E99 (expected: a whole number
            {"name": "click", "user": "u", "value": 1, "vlaue": 1}             | .vlaue: unknown field (expected: name, version or user, value, count)
            17                                                                 | : no object (expected: {name, version or user, value, count})
            null                                                               | : no object
            """)
    void take_badItem_isToldWithItsPlaceAndNothingIsTaken(String item, String expected) {
        window.startEpoch(0, 1);
        String good = "{\"name\": \"click\", \"version\": \"stable\", \"value\": 1}";
        ApiProblem problem = problem("[" + good + "," + item.strip() + "]");
        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.detail())
                .startsWith("1 of 2 reports are wrong, none was taken: [1]")
                .contains("[1]" + expected.strip());
        assertThat(window.closeSlice(SECOND)).isEmpty();
        assertThat(window.reportedTotals()).isEmpty();
    }

    @Test
    void take_manyBadItems_showsTheFirstTen() {
        ApiProblem problem = problem("[" + "1,".repeat(29) + "1]");
        assertThat(problem.detail())
                .startsWith("30 of 30 reports")
                .contains("[9]: ")
                .endsWith("; and 20 more");
        assertThat(problem.detail()).doesNotContain("[10]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | the body is no list (expected: a list of 1..1000
            [] | 0 reports (expected: a list of 1..1000
            '' | the body is no list
            """)
    void take_noList_isTold(String body, String expected) {
        ApiProblem problem = problem(body);
        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.detail()).contains(expected);
    }

    @Test
    void take_tooMany_isTold() {
        assertThat(problem("[" + "1,".repeat(1000) + "1]").detail()).startsWith("1001 reports (expected: ");
    }

    @Test
    void take_routeWithoutMetricsOrCanary_isTold() throws Exception {
        routing.publish(new RoutingTable(List.of(route(GRAY, null))));
        ApiProblem problem = problem("[{\"name\": \"click\", \"version\": \"stable\", \"value\": 1}]");
        assertThat(problem.status()).isEqualTo(409);
        assertThat(problem.detail()).contains("declares no custom metrics (expected: customMetrics.names)");
        routing.publish(new RoutingTable(List.of(route(null, new CustomMetrics(null, List.of("click"))))));
        assertThat(problem("[{\"name\": \"click\", \"version\": \"canary\", \"value\": 1}]")
                        .detail())
                .contains("[0].version: canary, but the route has none (expected: stable)");
        assertThat(take("[{\"name\": \"click\", \"user\": \"u\", \"value\": 1, \"count\": 3}]", SECOND))
                .isEqualTo("{\"accepted\":3,\"counted\":3}");
    }
}
