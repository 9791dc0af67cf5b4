package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.server.config.ConfigLoader.Result;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file says of the judge: comparison, cusum, users, harm and custom metrics. */
class JudgeConfigTest {
    private static String yaml(String route, String analysis) {
        return """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: shop-v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: shop-v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: shop-v1
                    %s
                    canary:
                      upstream: shop-v2
                      release: v2
                      userKey: [{cookie: user_id}]
                      ratio: 1
                      analysis: {%s}
                """.formatted(route, analysis);
    }

    private static String withCheck(String check) {
        return yaml("customMetrics: {names: [click, falseAlarm]}", "checks: [{name: c, " + check + "}]");
    }

    private static Settings.RouteSettings route(String yaml) {
        Result result = ConfigLoader.parse("f.yaml", yaml);
        assertThat(result).as(yaml).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings().routes().get(0);
    }

    private static AnalysisSpec analysis(String yaml) {
        return Objects.requireNonNull(route(yaml).gray()).analysis();
    }

    private static String problems(String yaml) {
        Result result = ConfigLoader.parse("f.yaml", yaml);
        assertThat(result).as(yaml).isInstanceOf(Result.Rejected.class);
        return String.join(
                "\n",
                ((Result.Rejected) result)
                        .problems().stream().map(Problem::toString).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            metric: errorRate, detector: comparison         | Comparison[alpha=0.01, tolerance=null, bad=ABOVE, warmUp=null]
            metric: successRate, detector: comparison       | Comparison[alpha=0.01, tolerance=null, bad=ABOVE, warmUp=null]
            metric: latencyP99, detector: comparison, alpha: 0.001, tolerance: 10%, warmUp: 5m | Comparison[alpha=0.001, tolerance=0.1, bad=ABOVE, warmUp=PT5M]
            metric: "custom:click", detector: comparison, side: below, warmUp: 0s | Comparison[alpha=0.01, tolerance=null, bad=BELOW, warmUp=PT0S]
            metric: "custom:falseAlarm", detector: comparison, side: above, tolerance: 0.5 | Comparison[alpha=0.01, tolerance=0.5, bad=ABOVE, warmUp=null]
            metric: errorRate, detector: cusum              | Cusum[good=0.01, bad=0.2, threshold=13.8]
            metric: errorRate, detector: cusum, good: 0.5%, bad: 0.1, threshold: 16.1 | Cusum[good=0.005, bad=0.1, threshold=16.1]
            """)
    void parse_detector_isAsWritten(String check, String expected) {
        assertThat(analysis(withCheck(check)).checks().get(0).detector()).hasToString(expected);
    }

    @Test
    void parse_customCheck_carriesItsName() {
        var check = analysis(withCheck("metric: 'custom:click', detector: comparison, side: below"))
                .checks()
                .get(0);
        assertThat(check.metricLabel()).isEqualTo("custom:click");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            metric: requestRate, detector: comparison              | f.yaml:15:45: routes[0].canary.analysis.checks[0].metric: requestRate cannot be compared, as it follows the ratio (expected: errorRate, successRate, a latency or custom:NAME)
            metric: "custom:click", detector: comparison           | f.yaml:15:27: routes[0].canary.analysis.checks[0].side: missing: which direction of custom:click is bad? (expected: below or above)
            metric: "custom:click", detector: comparison, side: both | checks[0].side: both (expected: below or above, whichever is bad)
            metric: errorRate, detector: comparison, side: below   | checks[0].side: below (expected: above for errorRate)
            metric: successRate, detector: comparison, side: above | checks[0].side: above (expected: below for successRate)
            metric: "custom:clik", detector: comparison, side: below | checks[0].metric: custom:clik is not declared (expected: did you mean "custom:click"? Known: custom:click, custom:falseAlarm)
            metric: "custom:xyzzy", detector: comparison, side: below | checks[0].metric: custom:xyzzy is not declared (expected: one of custom:click, custom:falseAlarm)
            metric: "custom:", detector: comparison, side: below   | checks[0].metric: custom: (expected: one of requestRate, successRate, errorRate, latencyMean, latencyP50, latencyP90, latencyP95, latencyP99, or custom:NAME)
            metric: custom, detector: comparison, side: below      | checks[0].metric: custom (expected: one of requestRate
            metric: "custom:click", detector: threshold, min: 5%   | checks[0].detector: threshold of custom:click (expected: comparison)
            metric: errorRate, detector: comparison, alpha: 1      | checks[0].alpha: 1 (expected: above 0 and below 1, as 0.01)
            metric: errorRate, detector: comparison, tolerance: 11 | checks[0].tolerance: 11 (expected: 5% or a share 0..10)
            metric: errorRate, detector: comparison, warmUp: 2h    | checks[0].warmUp: 2h (expected: 0s..1h)
            metric: errorRate, detector: comparison, sigma: 3      | checks[0].sigma: is no parameter of comparison (expected: leave it out)
            metric: errorRate, detector: comparison, bad: 20%      | checks[0].bad: is no parameter of comparison (expected: leave it out)
            metric: errorRate, detector: threshold, max: 5%, warmUp: 1s | checks[0].warmUp: is no parameter of threshold (expected: leave it out)
            metric: latencyMean, detector: cusum                   | checks[0].metric: latencyMean with cusum (expected: errorRate)
            metric: "custom:click", detector: cusum                | checks[0].detector: cusum of custom:click (expected: comparison)
            metric: errorRate, detector: cusum, good: 30%          | checks[0].good: 30% (expected: good above 0 and below bad, as good: 1%, bad: 20%)
            metric: errorRate, detector: cusum, bad: 0             | checks[0].bad: 0 (expected: good above 0 and below bad
            metric: errorRate, detector: cusum, bad: 100%          | checks[0].bad: 100% (expected: below 100%)
            metric: errorRate, detector: cusum, bad: 120%          | checks[0].bad: 120% (expected: 5% or a share 0..1)
            metric: errorRate, detector: cusum, threshold: 0       | checks[0].threshold: 0 (expected: a number above 0, at most 100)
            metric: errorRate, detector: cusum, side: above        | checks[0].side: is no parameter of cusum (expected: leave it out)
            metric: errorRate, detector: mannWhitney, tolerance: 2 | checks[0].tolerance: 2 (expected: at most 1)
            """)
    void parse_check_isToldWhatIsWrong(String check, String expected) {
        assertThat(problems(withCheck(check))).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            minUsers: -1                        | minUsers: -1 (expected: a whole number 0..1000)
            maxShareOfUser: 0.5%                | maxShareOfUser: 0.5% (expected: 1%..100%)
            maxShareOfUser: 150%                | maxShareOfUser: 150% (expected: 5% or a share 0..1)
            maxShareOfUser: few                 | maxShareOfUser: few (expected: 5% or a share 0..1)
            harmBudget: 100                     | harmBudget: 100 (expected: a mapping with requests)
            harmBudget: {}                      | harmBudget.requests: missing (expected: a whole number 1..1000000000)
            harmBudget: {requests: 0}           | harmBudget.requests: 0 (expected: a whole number 1..1000000000)
            'harmBudget: {requests: 9}, checks: [{name: harm-budget, metric: errorRate, detector: cusum}]' | checks: the name harm-budget, which the budget has (expected: another name)
            """)
    void parse_analysis_isToldWhatIsWrong(String analysis, String expected) {
        assertThat(problems(yaml("", analysis))).contains("routes[0].canary.analysis." + expected);
    }

    @Test
    void parse_usersAndHarm_reachTheSpecification() {
        AnalysisSpec spec =
                analysis(yaml("", "minUsers: 3, maxShareOfUser: 5%, harmBudget: {requests: 100}, window: 30s"));
        assertThat(spec.minUsers()).isEqualTo(3);
        assertThat(spec.maxShareOfUser()).isEqualTo(0.05);
        assertThat(spec.harmBudget()).isEqualTo(100);
        assertThat(Objects.requireNonNull(spec.onTheSpot()).leastUsers()).isEqualTo(20);
        assertThat(spec.checks()).isEqualTo(AnalysisSpec.DEFAULT_CHECKS);
        assertThat(analysis(yaml("", "harmBudget: null"))).isEqualTo(AnalysisSpec.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {names: []}                          | .names: 0 names (expected: 1..32)
            {names: [click, click]}              | .names: the name click twice (expected: each name once)
            {names: [a b]}                       | .names[0]: a b (expected: a name as click: a letter, then letters
            {header: X-M}                        | .names: missing
            {names: [a], header: content-Type}   | .header: the header content-Type (expected: one that clients do not need, as X-Halftone-Metrics)
            {names: [a], header: Set-Cookie}     | .header: the header Set-Cookie
            {names: [a], header: a b}            | .header: a b (expected: a header's name)
            {names: [a], heder: X-M}             | .heder: unknown key (expected: did you mean "header"?
            """)
    void parse_customMetrics_isToldWhatIsWrong(String section, String expected) {
        assertThat(problems(yaml("customMetrics: " + section, ""))).contains("routes[0].customMetrics" + expected);
    }

    @Test
    void parse_customMetrics_theHeaderIsTakenFromAnswers() {
        Settings.RouteSettings route = route(yaml(
                "customMetrics: {names: [click], header: X-Metrics}\n    responseHeaders: {remove: [Server]}", ""));
        assertThat(route.forwarding().customMetrics()).isEqualTo(new CustomMetrics("X-Metrics", List.of("click")));
        assertThat(route.forwarding().responseHeaders().remove()).containsExactly("Server", "X-Metrics");
        assertThat(route(yaml("", "")).forwarding().customMetrics()).isNull();
        Settings.RouteSettings ours = route(yaml("customMetrics: {names: [click], header: X-Halftone-Metrics}", ""));
        assertThat(ours.forwarding().responseHeaders().remove())
                .as("dropped whatever the route says")
                .isEmpty();
    }

    @Test
    void parse_undeclaredWithoutTheSection_isToldHowToDeclareIt() {
        String check = "checks: [{name: c, metric: 'custom:click', detector: comparison, side: below}]";
        assertThat(problems(yaml("", check)))
                .contains("checks[0].metric: custom:click is not declared"
                        + " (expected: customMetrics: {names: [click]} in the route)");
    }
}
