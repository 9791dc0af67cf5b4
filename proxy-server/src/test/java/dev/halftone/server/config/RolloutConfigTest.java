package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Settings.GraySettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file may say of steps, blue-green, deadline and freeze, and what is told where it cannot work. */
class RolloutConfigTest {
    private static String yaml(String plan) {
        return """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary: {upstream: v2, release: r, %s}
                """.formatted(plan);
    }

    private static Result load(String plan) {
        String key = plan.contains("userKey") || plan.contains("blueGreen,") ? "" : "userKey: [{cookie: u}], ";
        return ConfigLoader.parse("f.yaml", yaml(key + plan));
    }

    private static GraySettings gray(String plan) {
        Result result = load(plan);
        assertThat(result).isInstanceOf(Result.Loaded.class);
        return Objects.requireNonNull(
                ((Result.Loaded) result).settings().routes().get(0).gray());
    }

    private static Plan plan(String text) {
        return Objects.requireNonNull(gray(text).rollout().plan());
    }

    @Test
    void parse_steps_haveTheirDefaults() {
        GraySettings gray = gray("steps: [{ratio: 1, hold: 10m}, {pause: {}}, {ratio: 100, minRequests: 7}]");

        Plan plan = Objects.requireNonNull(gray.rollout().plan());
        assertThat(((StepCourse) plan.course()).steps())
                .containsExactly(
                        new Step.At(new Ratio(100), Duration.ofMinutes(10), 50),
                        new Step.Gate("operator"),
                        new Step.At(Ratio.ALL, Duration.ZERO, 7));
        assertThat(plan.strategy()).isEqualTo("canary");
        assertThat(plan.deadline()).isEqualTo(Duration.ofHours(24));
        assertThat(plan.freeze()).isEmpty();
        assertThat(gray.ratio()).isEqualTo(new Ratio(100));
        assertThat(gray.onMissingKey()).isEqualTo(MissingKey.STABLE);
    }

    @Test
    void parse_preset_isItsSteps() {
        assertThat(plan("steps: canary10percent5minutes").course().words())
                .isEqualTo("10 % for PT5M and 50 requests, 100 % for PT5M and 50 requests");
    }

    @Test
    void parse_auto_hasItsDefaults() {
        assertThat(plan("steps: auto").course().words())
                .isEqualTo("auto from 1 to 50 % by at most 10.0 each PT1M and 50 requests, harm budget 100.0,"
                        + " tolerated 0.001, watch PT10M");
        assertThat(plan("steps: auto, auto: {min: 2, max: 20, factor: 3, harmBudget: 30, tolerated: 1%}")
                        .course()
                        .words())
                .isEqualTo("auto from 2 to 20 % by at most 3.0 each PT1M and 50 requests, harm budget 30.0,"
                        + " tolerated 0.01, watch PT10M");
    }

    @Test
    void parse_blueGreen_needsNoUserKeyAndLeavesNobodyBehind() {
        GraySettings gray = gray("strategy: blueGreen, blueGreen: {smoke: [{path: /ok}], watch: 5m, smokeWithin: 20s}");

        Plan plan = Objects.requireNonNull(gray.rollout().plan());
        assertThat(plan.course().words()).isEqualTo("gate smoke, 100 % for PT5M and 50 requests");
        assertThat(gray.rollout().smoke())
                .containsExactly(new RolloutSettings.SmokeRequest("/ok", 200, Duration.ofSeconds(2)));
        assertThat(gray.rollout().smokeWithin()).isEqualTo(Duration.ofSeconds(20));
        assertThat(gray.onMissingKey()).isEqualTo(MissingKey.EACH_REQUEST);
        assertThat(gray.userKey()).isEmpty();
    }

    @Test
    void parse_blueGreen_whatHasNoKeyBesideThoseWithOneIsItsAddress() {
        String smoke = "blueGreen: {smoke: [{path: /ok}]}";
        assertThat(gray("strategy: blueGreen, userKey: [{cookie: u}], " + smoke).onMissingKey())
                .isEqualTo(MissingKey.CLIENT_IP);
        assertThat(gray("strategy: blueGreen, onMissingKey: clientIp, " + smoke).onMissingKey())
                .isEqualTo(MissingKey.CLIENT_IP);
    }

    @Test
    void parse_ratio_hasNoPlan() {
        assertThat(gray("ratio: 0").rollout().plan()).isNull();
        assertThat(plan("steps: allAtOnce, deadline: null").deadline()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            release: x                                             | canary.release: the same key twice
            onMissingKey: stable                                   | canary.ratio: missing (expected: ratio or steps)
            ratio: 1, steps: allAtOnce                             | canary.steps: ratio and steps at once (expected: ratio or steps)
            steps: []                                              | canary.steps: no step with a ratio (expected: at least one
            steps: [{pause: {}}]                                   | canary.steps: no step with a ratio
            steps: [{ratio: 50}, {ratio: 25}]                      | canary.steps[1].ratio: 25 after 50 (expected: steps that go up)
            steps: [{ratio: 0}, {ratio: 25}]                       | canary.steps[0].ratio: 0: no request reaches the canary, so the step is never passed (expected: above 0)
            steps: [{ratio: 5, pause: {}}]                         | canary.steps[0]: ratio and pause at once (expected: one of them)
            steps: [{hold: 5m}]                                    | canary.steps[0]: neither ratio nor pause (expected: one of them)
            steps: [{pause: {}, hold: 5m}, {ratio: 5}]             | canary.steps[0].pause: a gate with hold or minRequests (expected: pause: {} alone)
            steps: [{pause: {until: 5}}, {ratio: 5}]               | canary.steps[0].pause.until: unknown key
            steps: canary10percent                                 | canary.steps: canary10percent (expected: a list, auto, or a preset: allAtOnce, canary<1..99>percent<N>minutes
            steps: {ratio: 1}                                      | canary.steps: a mapping (expected: a list of steps, a preset as canary10percent5minutes, or auto)
            ratio: 1, deadline: 1h                                 | canary.deadline: says nothing about a plain ratio (expected: leave it out)
            ratio: 1, freeze: []                                   | canary.freeze: says nothing about a plain ratio (expected: leave it out)
            ratio: 1, auto: {}                                     | canary.auto: says nothing without steps: auto (expected: leave it out)
            ratio: 1, blueGreen: {}                                | canary.blueGreen: says nothing without strategy: blueGreen (expected: leave it out)
            strategy: blueGreen, ratio: 5                          | canary.ratio: says nothing in a blue-green release (expected: leave it out)
            strategy: rolling, ratio: 5                            | canary.ratio: says nothing in a rolling release (expected: leave it out)
            steps: [{ratio: 5, hold: 5m}], deadline: 5m            | canary.deadline: 5m, but step 1 holds for 5m, so the release never gets past it (expected: longer than every hold)
            steps: auto, deadline: 9m                              | canary.deadline: 9m, but auto looks each 1m and watches for 10m
            steps: auto, auto: {min: 60}                           | canary.auto.min: 60 (expected: above 0 and at most max, 50)
            steps: auto, auto: {max: 100}                          | canary.auto.max: 100 (expected: below 100, where both versions have users to compare)
            steps: auto, auto: {tolerated: 5s}                     | canary.auto.tolerated: 5s (expected: 5% or a share 0..1)
            steps: auto, auto: {look: 0s}                          | canary.auto.look: 0s (expected: above 0s)
            steps: allAtOnce, freeze: [{cron: '0 * * * *', duration: 1h}] | canary.freeze: the windows never leave a gap, so no step is ever taken (expected: times between them)
            steps: allAtOnce, freeze: [{cron: '0 25 * * *', duration: 1h}] | canary.freeze[0].cron: 0 25 * * * (expected: minute hour day month weekday, as "0 18 * * FRI")
            steps: allAtOnce, freeze: [{cron: '0 1 * * *', duration: 1h, timeZone: Mars}] | canary.freeze[0].timeZone: Mars (expected: a time zone, as Asia/Shanghai)
            steps: allAtOnce, freeze: [{cron: '0 1 * * *', duration: 1s}] | canary.freeze[0].duration: 1s (expected: 1m..31d)
            strategy: blueGreen, blueGreen: {smoke: [{path: ok}]}  | canary.blueGreen.smoke[0].path: ok (expected: a path that begins with /)
            """)
    void parse_whatCannotWork_isTold(String plan, String expected) {
        Result result = load(plan);
        assertThat(result).as(plan).isInstanceOf(Result.Rejected.class);
        assertThat(String.join(
                        "\n",
                        ((Result.Rejected) result)
                                .problems().stream().map(Problem::toString).toList()))
                .contains("routes[0]." + expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            steps: [{ratio: 50, hold: 1m}]                                           | canary.steps: after 50 % the release goes to everybody unwatched (expected: a last step at 100)
            steps: [{pause: {}}, {pause: {}}, {ratio: 100, hold: 1m}]                | canary.steps[1].pause: a gate right after a gate (expected: one of them)
            steps: [{ratio: 100, minRequests: 0}], analysis: {checks: []}            | canary.steps[0].hold: 0s without checks or samples: the step is passed at once (expected: a hold)
            strategy: blueGreen, userKey: [{cookie: u}]                              | canary.strategy: no smoke requests, so users are the first to try the new version (expected: blueGreen.smoke)
            """)
    void parse_whatIsUnwise_isWarnedOf(String plan, String expected) {
        Result result = load(plan);
        assertThat(result).as(plan).isInstanceOf(Result.Loaded.class);
        assertThat(((Result.Loaded) result)
                        .warnings().stream().map(Problem::toString).toList())
                .anySatisfy(warning -> assertThat(warning).contains("routes[0]." + expected));
    }

    @Test
    void parse_userKeyMissing_isToldUnlessBlueGreen() {
        List<Problem> problems = ((Result.Rejected) ConfigLoader.parse("f.yaml", yaml("ratio: 5"))).problems();

        assertThat(problems.toString()).contains("canary.userKey: missing (expected: a list, as [{cookie: user_id}])");
    }
}
