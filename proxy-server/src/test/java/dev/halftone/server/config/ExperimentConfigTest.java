package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.rollout.ExperimentCourse;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Variants;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Settings.GraySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file may say of an A/B test, and what is told where it cannot work. */
class ExperimentConfigTest {
    private static final String HALVES =
            "variants: [{name: a, upstream: v1, share: 50}, {name: b, upstream: v2, share: 50}]";
    private static final String GOAL = "goal: {metric: \"custom:click\", direction: up}";

    private static Result load(String canary) {
        return ConfigLoader.parse("f.yaml", """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                  - {name: v3, endpoints: [{address: "127.0.0.1:3"}]}
                routes:
                  - name: shop
                    stable: v1
                    customMetrics: {names: [click, ad]}
                    canary: {release: r, userKey: [{cookie: u}], %s}
                """.formatted(canary));
    }

    private static GraySettings gray(String canary) {
        Result result = load(canary);
        assertThat(result).isInstanceOf(Result.Loaded.class);
        return Objects.requireNonNull(
                ((Result.Loaded) result).settings().routes().get(0).gray());
    }

    private static ExperimentSpec spec(String canary) {
        Plan plan = Objects.requireNonNull(gray(canary).rollout().plan());
        return ((ExperimentCourse) plan.course()).spec();
    }

    @Test
    void parse_abTest_hasItsDefaults() {
        GraySettings gray = gray("strategy: abTest, " + HALVES + ", " + GOAL);
        Plan plan = Objects.requireNonNull(gray.rollout().plan());
        assertThat(plan.strategy()).isEqualTo("abTest");
        assertThat(plan.deadline()).isNull();
        assertThat(gray.ratio()).isEqualTo(new Ratio(5000));
        assertThat(gray.canary().name()).isEqualTo("v2");
        assertThat(gray.upstreams()).extracting(Upstream::name).containsExactly("v1", "v2");
        Variants variants = Objects.requireNonNull(gray.variants());
        assertThat(variants.all().get(1).name()).isEqualTo("b");
        assertThat(((ExperimentCourse) plan.course()).spec())
                .isEqualTo(new ExperimentSpec(
                        List.of(new Arm("a", 0.5), new Arm("b", 0.5)),
                        "click",
                        Direction.UP,
                        0.95,
                        1000,
                        Duration.ofHours(1),
                        false,
                        Duration.ofDays(14),
                        null));
    }

    @Test
    void parse_ends_areTakenAsWritten() {
        String goal = "goal: {metric: \"custom:ad\", direction: down, confidence: 99%, minUsers: 200, onWin: promote, ";
        ExperimentSpec byDate = spec("strategy: abTest, " + HALVES + ", " + goal + "until: 2026-12-24}");
        assertThat(byDate.until()).isEqualTo(Instant.parse("2026-12-24T00:00:00Z"));
        assertThat(byDate.duration()).isNull();
        assertThat(byDate.promotes()).isTrue();
        assertThat(byDate.confidence()).isEqualTo(0.99);
        assertThat(byDate.direction()).isEqualTo(Direction.DOWN);
        ExperimentSpec both =
                spec("strategy: abTest, " + HALVES + ", " + goal + "until: \"2026-12-24T18:00:00Z\", duration: 7d}");
        assertThat(both.until()).isEqualTo(Instant.parse("2026-12-24T18:00:00Z"));
        assertThat(both.duration()).isEqualTo(Duration.ofDays(7));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "variants: [{name: a, upstream: v1, share: 50}, {name: b, upstream: v2, share: 40}], GOAL"
                        + "|routes[0].canary.variants: the shares add up to 90 (expected: 100)",
                "variants: [{name: a, upstream: v1, share: 100}], GOAL"
                        + "|routes[0].canary.variants: 1 of them (expected: 2..8, the first is the control)",
                "GOAL|routes[0].canary.variants: 0 of them (expected: 2..8, the first is the control)",
                "variants: [{name: a, upstream: v1, share: 100}, {name: b, upstream: v2, share: 0}], GOAL"
                        + "|routes[0].canary.variants[1].share: 0: no user gets it (expected: above 0)",
                "variants: [{name: a, upstream: v1, share: 50}, {name: a, upstream: v2, share: 50}], GOAL"
                        + "|routes[0].canary.variants[1].name: the name a twice (expected: each name once)",
                "variants: [{name: a, upstream: v2, share: 50}, {name: b, upstream: v1, share: 50}], GOAL"
                        + "|routes[0].canary.variants[0].upstream: v2, but the first variant is the control (expected: stable: v1)",
                "variants: [{name: a, upstream: v1, share: 50}, {name: b, upstream: v9, share: 50}], GOAL"
                        + "|routes[0].canary.variants[1].upstream: unknown upstream v9",
                "HALVES|routes[0].canary.goal: missing (expected: {metric: custom:click, direction: up})",
                "HALVES, goal: {metric: \"custom:clik\", direction: up}"
                        + "|routes[0].canary.goal.metric: custom:clik is not declared (expected: did you mean \"custom:click\"?",
                "HALVES, goal: {metric: errorRate, direction: up}|routes[0].canary.goal.metric: errorRate (expected: custom:NAME",
                "HALVES, goal: {metric: \"custom:click\"}|routes[0].canary.goal.direction: missing",
                "HALVES, goal: {metric: \"custom:click\", direction: up, confidence: 100%}"
                        + "|routes[0].canary.goal.confidence: 100% (expected: 50%..99.99%)",
                "HALVES, goal: {metric: \"custom:click\", direction: up, duration: 30m}"
                        + "|routes[0].canary.goal.duration: 30m, so that evidence never ends the test",
                "HALVES, goal: {metric: \"custom:click\", direction: up, until: tomorrow}"
                        + "|routes[0].canary.goal.until: tomorrow (expected: a date as 2026-12-24",
                "HALVES, GOAL, ratio: 5|routes[0].canary.ratio: says nothing in an A/B test (expected: leave it out)",
                "HALVES, GOAL, upstream: v2|routes[0].canary.upstream: says nothing in an A/B test (expected: leave it out)",
                "HALVES, GOAL, freeze: [{cron: \"0 0 * * *\", duration: 24h}]"
                        + "|routes[0].canary.freeze: the windows never leave a gap",
            })
    void check_whatCannotWork_isTold(String canary, String problem) {
        String text = "strategy: abTest, " + canary.replace("HALVES", HALVES).replace("GOAL", GOAL);
        Result result = load(text);
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result)
                        .problems().stream().map(Object::toString).toList())
                .anySatisfy(line -> assertThat(line).contains(problem));
    }

    @Test
    void check_variantsOfAnotherStrategy_areTold() {
        Result result = load("upstream: v2, ratio: 5, " + HALVES + ", " + GOAL);
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("canary.variants: says nothing without strategy: abTest")
                .contains("canary.goal: says nothing without strategy: abTest");
    }

    @Test
    void check_noUpstreamAndNoTest_isToldAsEver() {
        assertThat(((Result.Rejected) load("ratio: 5")).problems().toString())
                .contains("routes[0].canary.upstream: missing (expected: a name of a-z");
    }
}
