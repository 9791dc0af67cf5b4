package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.rollout.Hooks;
import dev.halftone.core.rollout.Plan;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.notify.HookCall.Otherwise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file may say of hooks, and what is told where it cannot work. */
class HookConfigTest {
    private static Result load(String plan) {
        return ConfigLoader.parse("f.yaml", """
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary: {upstream: v2, release: r, userKey: [{cookie: u}], %s}
                """.formatted(plan));
    }

    @Test
    void parse_hooks_haveNamesDefaultsAndTheirPlaceInThePlan() {
        Result result = load("""
                steps: allAtOnce, hooks: [
                  {when: beforeStep, url: "http://127.0.0.1:1/ask"},
                  {when: afterStep, command: [sh, -c, "exit 0"], timeout: 1m, within: 2m, every: 1s, otherwise: wait},
                  {when: beforeStep, command: [/bin/sh]}]""");
        assertThat(result).isInstanceOf(Result.Loaded.class);
        GraySettings gray = Objects.requireNonNull(
                ((Result.Loaded) result).settings().routes().get(0).gray());
        Plan plan = Objects.requireNonNull(gray.rollout().plan());
        assertThat(plan.hooks()).isEqualTo(new Hooks(List.of("beforeStep", "beforeStep-2"), List.of("afterStep")));
        Hook first = Objects.requireNonNull(gray.rollout().hook("beforeStep"));
        Call.Webhook webhook = (Call.Webhook) first.call();
        assertThat(webhook.hook().timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(webhook.hook().otherwise()).isEqualTo(Otherwise.FAIL);
        assertThat(first.within()).isEqualTo(Duration.ofHours(1));
        assertThat(first.every()).isEqualTo(Duration.ofSeconds(5));
        Hook after = Objects.requireNonNull(gray.rollout().hook("afterStep"));
        Call.Program program = (Call.Program) after.call();
        assertThat(program.command().arguments()).containsExactly("sh", "-c", "exit 0");
        assertThat(program.command().otherwise()).isEqualTo(Otherwise.WAIT);
        assertThat(after.within()).isEqualTo(Duration.ofMinutes(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {url: "http://127.0.0.1/"}                                       | hooks[0].when: missing (expected: one of beforeStep, afterStep)
            {when: during, url: "http://127.0.0.1/"}                         | hooks[0].when: during (expected: one of
            {when: afterStep}                                                | hooks[0]: nothing is asked (expected: one of url, command)
            {when: afterStep, url: "http://127.0.0.1/", command: [sh]}       | hooks[0]: 2 of them at once
            {when: afterStep, url: "ftp://a/secret"}                         | hooks[0].url: not such an address
            {when: afterStep, command: []}                                   | hooks[0].command: no program
            {when: afterStep, command: ["./no-such"]}                        | hooks[0].command: ./no-such cannot be run (expected: an executable file)
            {when: afterStep, command: [sh], secret: {file: /no-such}}       | secret.file: /no-such cannot be read
            {when: afterStep, command: [sh], timeout: 10ms}                  | hooks[0].timeout: 10ms (expected: 100ms..1h)
            {when: afterStep, command: [sh], every: 0s}                      | hooks[0].every: 0s (expected: 100ms or more)
            {when: afterStep, command: [sh], timeout: 5m, within: 1m}        | hooks[0].within: within is shorter than timeout
            {when: afterStep, command: [sh], otherwise: go}                  | hooks[0].otherwise: go (expected: one of fail, wait)
            """)
    void parse_badHook_isExplained(String hook, String problem) {
        Result result = load("steps: allAtOnce, hooks: [" + hook + "]");
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result).problems().toString()).contains(problem);
    }

    @Test
    void parse_hookOfAPlainRatio_isExplained() {
        Result result = load("ratio: 5, hooks: [{when: beforeStep, command: [sh]}]");
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("canary.hooks: says nothing about a plain ratio (expected: leave it out)");
    }

    @Test
    void parse_doubtfulHook_warns() {
        Result result = load("""
                steps: allAtOnce, hooks: [{when: beforeStep, command: [no-such-program]},
                                          {when: afterStep, url: "http://ask.example.com/"}]""");
        assertThat(((Result.Loaded) result).warnings().toString())
                .contains("hooks[0].command: no-such-program is not on this machine's PATH")
                .contains("hooks[1].url: the question travels in clear text");
    }
}
