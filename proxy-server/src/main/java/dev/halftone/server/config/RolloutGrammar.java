package dev.halftone.server.config;

import dev.halftone.core.rollout.Cron;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys of a canary that say how its release goes. What the values come to is {@link RolloutBuilder}'s. */
final class RolloutGrammar {
    static final String CANARY = "canary";
    static final String BLUE_GREEN = "blueGreen";
    static final String ROLLING = "rolling";

    private static final Shape CRON = new Shape.Scalar(
            "minute hour day month weekday, as \"0 18 * * FRI\"", Shape.object().put("type", "string"), Cron::parse);
    private static final Shape TIME_ZONE = new Shape.Scalar(
            "a time zone, as Asia/Shanghai", Shape.object().put("type", "string"), RolloutGrammar::zone);

    private RolloutGrammar() {}

    private static Key may(String name, Shape shape, String fallback, String description) {
        return new Key(name, shape, fallback, description);
    }

    private static Key must(String name, Shape shape, String description) {
        return new Key(name, shape, null, description);
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    static Key strategy() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put(CANARY, CANARY);
        words.put(BLUE_GREEN, BLUE_GREEN);
        words.put(ROLLING, ROLLING);
        words.put(ExperimentSection.AB_TEST, ExperimentSection.AB_TEST);
        return may(
                "strategy",
                Scalars.oneOf(words),
                CANARY,
                "By a ratio or steps, from nobody to everybody at once, instance by instance, or a fixed split; see docs/strategies.md.");
    }

    static Key steps() {
        Struct pause = new Struct("{}", List.of(), values -> true);
        Struct step = new Struct(
                "{ratio: 10, hold: 10m} or {pause: {}}",
                List.of(
                        may(
                                "ratio",
                                Scalars.RATIO,
                                "none",
                                "Percent of users while the step holds; above the one before."),
                        may("hold", Scalars.DURATION_VALUE, "0s", "Least time that the step lasts."),
                        may(
                                "minRequests",
                                Scalars.integer(0, 1_000_000_000),
                                "analysis.minRequests",
                                "Canary requests within the step that it takes to pass it."),
                        may("pause", pause, "none", "A gate: waits until an operator resumes.")),
                RolloutBuilder::step);
        return may(
                "steps",
                new StepsShape(new ListOf(step)),
                "none",
                "The planned ramp, in place of ratio: a list, a preset's name, or auto; see docs/strategies.md.");
    }

    static Key auto() {
        Struct auto = new Struct(
                "a mapping of limits",
                List.of(
                        may("min", Scalars.RATIO, "1", "The first ratio."),
                        may("max", Scalars.RATIO, "50", "The highest ratio before everybody."),
                        may("factor", Scalars.number(1, 100), "10", "By how much a step may raise the ratio at most."),
                        may("look", Scalars.DURATION_VALUE, "1m", "Least time between two steps."),
                        may(
                                "minRequests",
                                Scalars.integer(0, 1_000_000_000),
                                "analysis.minRequests",
                                "Canary requests within a step that it takes to pass it."),
                        may(
                                "harmBudget",
                                Scalars.integer(1, 1_000_000_000),
                                "100",
                                "Failed requests that a version just bad enough to be caught may cost."),
                        may(
                                "tolerated",
                                Scalars.LIMIT,
                                "0.1%",
                                "Share of failures beyond stable's that is well whatever it costs."),
                        may("watch", Scalars.DURATION_VALUE, "10m", "How long everybody is watched; then promoted.")),
                values -> values);
        return may("auto", auto, "see below", "Limits of steps: auto.");
    }

    /** A GET of our own. */
    static Struct request(String description) {
        return new Struct(
                "{path: /healthz, status: 200}",
                List.of(
                        must("path", Scalars.PATH, description),
                        may("status", Scalars.integer(100, 599), "200", "What the answer must have."),
                        may("timeout", Scalars.DURATION_VALUE, "2s", "Until its last byte.")),
                RolloutBuilder::smoke);
    }

    static Key blueGreen() {
        Struct smoke = request("Asked by GET of every endpoint of the canary.");
        Struct blueGreen = new Struct(
                "a mapping of smoke, smokeWithin, watch, minRequests",
                List.of(
                        may("smoke", new ListOf(smoke), "[]", "Requests that must pass before the switch."),
                        may("smokeWithin", Scalars.DURATION_VALUE, "1m", "How long they may fail; then rolled back."),
                        may("watch", Scalars.DURATION_VALUE, "10m", "How long everybody is watched; then promoted."),
                        may(
                                "minRequests",
                                Scalars.integer(0, 1_000_000_000),
                                "analysis.minRequests",
                                "Canary requests that it takes to be promoted.")),
                values -> values);
        return may("blueGreen", blueGreen, "see below", "Of strategy: blueGreen.");
    }

    static Key deadline() {
        return may(
                "deadline",
                new OrNull(Scalars.DURATION_VALUE),
                "24h",
                "Without a step for so long: rolled back. Not of a ratio; null: no limit.");
    }

    static Key freeze() {
        Struct window = new Struct(
                "{cron: \"0 18 * * FRI\", duration: 62h, timeZone: Asia/Shanghai}",
                List.of(
                        must("cron", CRON, "When it begins: minute, hour, day, month, weekday."),
                        must("duration", Scalars.DURATION_VALUE, "How long it lasts, 1m..31d."),
                        may("timeZone", TIME_ZONE, "UTC", "Whose local time it is.")),
                RolloutBuilder::window);
        return may("freeze", new ListOf(window), "[]", "When no step is taken; rollbacks are.");
    }
}
