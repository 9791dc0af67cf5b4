package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.config.ConfigLoader.Result;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is hardly meant, and only shows when several things of a file are seen together: where it stands, what it is, what to do. */
class ConflictsTest {
    private static final String HEAD = """
            version: 1
            listeners: [{name: web, address: "127.0.0.1:8080"}]
            """;

    private static Result load(String upstreams, String routes) {
        return ConfigLoader.parse("f.yaml", HEAD + "upstreams: [" + upstreams + "]\nroutes: [" + routes + "]\n");
    }

    private static Result load(String canary) {
        String key = canary.contains("userKey") || canary.contains("onMissingKey") ? "" : "userKey: [{cookie: u}], ";
        return load(
                "{name: v1, endpoints: [{address: '127.0.0.1:1'}]}, {name: v2, endpoints: [{address: '127.0.0.1:2'}]}",
                "{name: shop, match: {path: {prefix: /shop}, methods: [GET, POST], clientIp: [10.0.0.0/8],"
                        + " headers: [{name: X-Tenant, prefix: a}]}, stable: v1, canary: {upstream: v2, release: r, "
                        + key + canary + "}}");
    }

    private static List<String> warnings(Result result) {
        assertThat(result).as(result.toString()).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result)
                .warnings().stream().map(Problem::toString).toList();
    }

    private static void assertWarns(Result result, String expected) {
        if (expected.equals("none")) {
            assertThat(warnings(result)).isEmpty();
        } else {
            assertThat(warnings(result)).anySatisfy(said -> assertThat(said).contains(expected));
        }
    }

    private static void assertRefuses(Result result, String expected) {
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result).problems().toString()).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {path: {prefix: /admin}}                                                  | its path is none of the route's
            {path: {exact: /shops}}                                                   | its path is none of the route's
            {path: {exact: /shop/x}}                                                  | none
            {path: {prefix: /}}                                                       | none
            {path: {regex: '/admin.*'}}                                               | none
            {methods: [PUT]}                                                          | its methods are none of the route's
            {methods: [PUT, GET]}                                                     | none
            {clientIp: [192.0.2.0/24]}                                                | its clientIp is none of the route's
            {clientIp: [0.0.0.0/0]}                                                   | none
            {headers: [{name: x-tenant, exact: b1}]}                                  | the header x-tenant cannot be both that are asked for
            {headers: [{name: x-tenant, exact: a1}]}                                  | none
            {headers: [{name: x-tenant, prefix: b}]}                                  | the header x-tenant cannot be both
            {headers: [{name: x-tenant, prefix: ab}]}                                 | none
            {headers: [{name: x-tenant, present: false}]}                             | the header x-tenant cannot be both
            {headers: [{name: x-tenant, exact: a1, not: true}]}                       | none
            {headers: [{name: X, exact: a}, {name: x, in: [b, c]}]}                   | the header x cannot be both
            {headers: [{name: X, in: [a, b]}, {name: x, exact: a, not: true}]}        | none
            {headers: [{name: X, exact: a}, {name: x, exact: a, not: true}]}          | the header x cannot be both
            {headers: [{name: X, regex: 'a.*'}, {name: x, exact: b}]}                 | the header x cannot be both
            {headers: [{name: X, exact: a, not: true}, {name: x, exact: b, not: true}]} | none
            {cookies: [{name: c, exact: a}, {name: C, exact: b}]}                     | none
            {cookies: [{name: c, in: []}]}                                            | no value of the cookie c is well
            {query: [{name: q, present: true}, {name: q, present: false}]}            | the query parameter q cannot be both
            """)
    void load_ruleThatNoRequestOfItsRouteIs_isWarnedOf(String when, String why) {
        Result result = load("ratio: 5, rules: [{name: r, when: " + when + ", sendTo: stable}]");
        assertWarns(result, why.equals("none") ? why : "routes[0].canary.rules[0]: rule r never matches: " + why);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                            | {path: {prefix: /api}}                              | true
            {path: {prefix: /api}}                        | {path: {prefix: /api/v2}}                           | true
            {path: {prefix: /api/v2}}                     | {path: {prefix: /api}}                              | false
            {hosts: [a.example]}                          | {hosts: [A.example], path: {exact: /x}}             | true
            {hosts: [a.example]}                          | {}                                                  | false
            {hosts: [a.example]}                          | {hosts: [b.example]}                                | false
            {hosts: ['*.example']}                        | {hosts: [a.example, '*.b.example']}                 | true
            {hosts: ['*.example']}                        | {hosts: [example]}                                  | false
            {hosts: [a.example]}                          | {hosts: ['*.a.example']}                            | false
            {methods: [GET]}                              | {methods: [GET, POST]}                              | false
            """)
    void load_routeBehindAWiderOne_isWarnedOf(String first, String second, boolean covered) {
        Result result = load(
                "{name: v1, endpoints: [{address: '127.0.0.1:1'}]}",
                "{name: a, match: " + first + ", stable: v1}, {name: b, match: " + second + ", stable: v1}");
        assertWarns(
                result,
                covered
                        ? "routes[1].match: route b never matches: a before it takes all of it (expected: the narrower"
                        : "none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            steps: [{ratio: 10, hold: 1m}, {ratio: 10, hold: 1m}, {ratio: 100, hold: 1m}] | steps[1].ratio: 10 as the step before: nobody is added (expected: one step, held longer)
            steps: [{ratio: 10}, {pause: {}}, {ratio: 10}, {ratio: 100, hold: 1m}] | none
            steps: allAtOnce, deadline: 2m | deadline: 2m, but check latency says nothing in its first 3m, so the release never gets past its first step
            steps: allAtOnce, deadline: 4m | none
            steps: allAtOnce, analysis: {interval: 1h, window: 1h, checks: [{name: e, metric: latencyMean, detector: ewma}]}, deadline: 20h | check e says nothing in its first 20h
            steps: allAtOnce, analysis: {checks: [{name: d, metric: errorRate, detector: decomposition, period: 12h}]} | deadline: 24h, but check d says nothing in its first 24h
            steps: allAtOnce, analysis: {checks: [{name: m, metric: latencyMean, detector: movingAverage, points: 60}]}, deadline: 1m | check m says nothing in its first 1m
            steps: allAtOnce, analysis: {checks: [{name: s, metric: latencyMean, detector: stream}]}, deadline: 5m | check s says nothing in its first 5m
            steps: allAtOnce, deadline: 30m, hooks: [{when: afterStep, command: [sh], within: 1h}] | deadline: 30m, but hook afterStep may say wait for 1h, so the release is rolled back while it still may (expected: longer than within)
            strategy: blueGreen, deadline: 30m, blueGreen: {smoke: [{path: /a}], smokeWithin: 30m} | deadline: 30m, but the smoke requests may fail for 30m
            strategy: blueGreen, blueGreen: {smoke: [{path: /a}], watch: 0s} | blueGreen.watch: 0s: promoted as soon as the checks are healthy, and what shows later takes nobody back
            steps: auto, auto: {watch: 0s} | auto.watch: 0s: promoted as soon as
            steps: allAtOnce, freeze: [{cron: '0 0 30 2 *', duration: 1h}] | freeze[0]: there is no such day, so this window never begins
            steps: allAtOnce, freeze: [{cron: '0 0 29 2 *', duration: 1h}] | none
            steps: allAtOnce, analysis: {checks: [{name: q, metric: requestRate, detector: ewma}]} | analysis: check q judges the canary's requestRate, which each step raises, so a step may be taken for a breach
            steps: allAtOnce, analysis: {checks: [{name: q, metric: requestRate, detector: threshold, min: 1}]} | none
            ratio: 5, analysis: {checks: [{name: e, metric: errorRate, detector: threshold, max: 100%}]} | checks[0].max: 100%: no value is beyond it, so the check never breaches
            ratio: 5, analysis: {checks: [{name: e, metric: latencyMean, detector: threshold, min: 0ms}]} | checks[0].min: 0ms: no value is beyond it
            ratio: 5, rules: [{name: all, when: {}, sendTo: canary, analyze: true}] | rules[0]: rule all sends everybody to the canary, whatever the ratio
            ratio: 5, rules: [{name: all, when: {}, sendTo: stable}] | rules: rule all takes everybody, and none of them counts for the checks
            ratio: 5, rescue: {methods: []} | rescue.methods: empty, so it is never done
            ratio: 5, rescue: {on: []} | rescue.on: empty, so it is never done
            ratio: 5, mirror: {percent: 5, methods: []} | mirror.methods: empty, so it is never done
            steps: allAtOnce, hooks: [{when: beforeStep, url: 'http://127.0.0.1:9901/go'}] | hooks: beforeStep asks the admin address of this proxy, which answers no hook
            """)
    void load_releaseThatIsHardlyMeant_isWarnedOf(String canary, String expected) {
        assertWarns(load(canary), expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            steps: allAtOnce, deadline: 0s | canary.deadline: 0s (expected: above 0s, or null for none)
            steps: allAtOnce, rules: [{name: all, when: {}, sendTo: stable}] | canary.rules: rule all takes everybody, and none of them counts for the checks, so no step is ever passed
            steps: allAtOnce, rules: [{name: all, when: {}, sendTo: canary}] | canary.rules: rule all takes everybody
            strategy: blueGreen, onMissingKey: stable | canary.onMissingKey: stable without a userKey: no request reaches the new version, so no step is ever passed (expected: eachRequest or clientIp, or a userKey)
            strategy: blueGreen, onMissingKey: random | canary.onMissingKey: random without a userKey: no request counts for the checks
            strategy: blueGreen, blueGreen: {smoke: [{path: /a}, {path: /a, status: 404}]} | blueGreen.smoke: /a must answer 200 and 404, so they never pass (expected: one status for each path)
            ratio: 5, analysis: {interval: 15s, window: 60s, checks: [{name: m, metric: latencyMean, detector: mannWhitney}]} | analysis.checks: m: a window of 1m holds too few points of 15s, so it never says anything
            """)
    void load_releaseThatCannotWork_isRefused(String canary, String expected) {
        assertRefuses(load(canary), expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rules: [{name: some, when: {methods: [GET]}, sendTo: ratio}, {name: all, when: {}, sendTo: stable}]
            rules: [{name: some, when: {methods: [GET], clientIp: [10.1.0.0/16]}, sendTo: canary, analyze: true}, {name: all, when: {}, sendTo: stable}]
            rules: [{name: all, when: {}, sendTo: ratio}]
            """)
    void load_rulesThatLeaveSomebody_areFine(String rules) {
        assertWarns(load("steps: allAtOnce, " + rules), "none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: v1, endpoints: [{address: '127.0.0.1:1'}]}, {name: v2, endpoints: [{address: '127.0.0.1:1'}]}         | routes[0].canary.upstream: v2 has the endpoints of v1, so both versions are one
            {name: v1, endpoints: [{address: '127.0.0.1:1'}]}, {name: v2, endpoints: [{address: '127.0.0.2:8080'}]}      | none
            {name: v1, endpoints: [{address: '127.0.0.1:1'}]}, {name: v2, endpoints: [{address: '127.0.0.1:8080'}]}      | upstreams[1]: v2 leads to the listener web of this proxy, so requests go round in a circle
            {name: v1, endpoints: [{address: '127.0.0.1:1'}], outlierDetection: {}}, {name: v2, endpoints: [{address: '127.0.0.1:2'}]} | upstreams[0]: outlierDetection of v1 never takes anything out: 50 % of 1 is none
            {name: v1, endpoints: [{address: 'shop.internal:1'}], outlierDetection: {}}, {name: v2, endpoints: [{address: '127.0.0.1:2'}]} | none
            """)
    void load_upstreamsThatAreHardlyMeant_areWarnedOf(String upstreams, String expected) {
        assertWarns(
                load(
                        upstreams,
                        "{name: shop, stable: v1, canary: {upstream: v2, release: r, userKey: [{cookie: u}], ratio: 5}}"),
                expected);
    }
}
