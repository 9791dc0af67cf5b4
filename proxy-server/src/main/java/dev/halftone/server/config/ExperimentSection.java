package dev.halftone.server.config;

import dev.halftone.core.Ratio;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.rollout.ExperimentCourse;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Variant;
import dev.halftone.core.routing.Variants;
import dev.halftone.server.config.Scalars.Limit;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of a canary that make it an A/B test, and what they come to. One thread. */
final class ExperimentSection {
    static final String AB_TEST = "abTest";

    private static final String PROMOTE = "promote";
    private static final List<String> OF_OTHERS =
            List.of("upstream", "ratio", "steps", "auto", "blueGreen", "rolling", "hooks", "deadline", "mirror");
    private static final Duration DEFAULT_DURATION = Duration.ofDays(14);
    private static final Duration DEFAULT_MIN_DURATION = Duration.ofHours(1);
    private static final int DEFAULT_MIN_USERS = 1000;
    private static final Limit DEFAULT_CONFIDENCE = new Limit(0.95, Limit.Unit.PERCENT);

    private static final Shape METRIC = new Shape.Scalar(
            "custom:NAME of a metric under customMetrics",
            Shape.object().put("type", "string").put("pattern", "^custom:" + CustomMetricsSection.NAME + "$"),
            text -> {
                if (!text.matches(CustomMetricsSection.PREFIX + CustomMetricsSection.NAME)) {
                    throw new IllegalArgumentException(text);
                }
                return text.substring(CustomMetricsSection.PREFIX.length());
            });
    private static final Shape DATE = new Shape.Scalar(
            "a date as 2026-12-24, then 00:00 UTC, or a moment as 2026-12-24T18:00:00Z",
            Shape.object().put("type", "string"),
            ExperimentSection::date);

    private ExperimentSection() {}

    /** A variant before its upstream is known. */
    record VariantDraft(Values at, String name, String upstream, Ratio share) {}

    private static Key may(String name, Shape shape, String fallback, String description) {
        return new Key(name, shape, fallback, description);
    }

    private static Key must(String name, Shape shape, String description) {
        return new Key(name, shape, null, description);
    }

    private static Instant date(String text) {
        try {
            return text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    static Key variants() {
        Struct variant = new Struct(
                "{name: b, upstream: shop-v2, share: 50}",
                List.of(
                        must("name", Scalars.NAME_OF_THING, "Stands in reports, X-Halftone-Variant and metrics."),
                        must("upstream", Scalars.NAME_OF_THING, "Its servers; of the first the same as stable."),
                        must("share", Scalars.RATIO, "Percent of users; all together 100.")),
                values -> new VariantDraft(
                        values,
                        values.get("name", String.class, ""),
                        values.get("upstream", String.class, ""),
                        values.get("share", Ratio.class, Ratio.NONE)));
        return may(
                "variants",
                new ListOf(variant),
                "none",
                "Of strategy: abTest: 2 to 8, the first is the control; see docs/experiments.md.");
    }

    static Key goal() {
        Map<String, Direction> directions = new LinkedHashMap<>();
        for (Direction direction : Direction.values()) {
            directions.put(direction.label(), direction);
        }
        Map<String, String> wins = new LinkedHashMap<>();
        wins.put("pause", "pause");
        wins.put(PROMOTE, PROMOTE);
        Struct goal = new Struct(
                "a mapping with metric and direction",
                List.of(
                        must("metric", METRIC, "What is compared: the share of reports in which it happened."),
                        must("direction", Scalars.oneOf(directions), "Where better lies."),
                        may(
                                "confidence",
                                Scalars.LIMIT,
                                "95%",
                                "That no interval of the test is ever wrong, however often one looks; 50%..99.99%."),
                        may(
                                "minUsers",
                                Scalars.integer(100, 1_000_000_000),
                                "1000",
                                "Users of control and variant before evidence ends the test."),
                        may("minDuration", Scalars.DURATION_VALUE, "1h", "Time before evidence ends the test."),
                        may("onWin", Scalars.oneOf(wins), "pause", "What a winner leads to."),
                        may("duration", Scalars.DURATION_VALUE, "14d, or until", "Then the test ends undecided."),
                        may("until", DATE, "none", "The same by date, in UTC; the earlier of both counts.")),
                values -> values);
        return may("goal", goal, "none", "Of strategy: abTest: what is asked, and when it ends.");
    }

    static boolean isTest(Values canary) {
        return canary.get("strategy", String.class, RolloutGrammar.CANARY).equals(AB_TEST);
    }

    /** The upstream that stands for the canary: of an A/B test the first variant's that is not the control. */
    static String upstream(Values canary) {
        List<VariantDraft> variants = canary.list("variants", VariantDraft.class);
        if (isTest(canary)) {
            return variants.size() < 2 ? "" : variants.get(1).upstream();
        }
        if (!canary.has("upstream") && !RollingSection.isRolling(canary)) {
            canary.error("upstream", "missing", Scalars.NAME_OF_THING.expected());
        }
        return canary.get("upstream", String.class, "");
    }

    /** Null after a problem. */
    static @Nullable RolloutSettings build(Values canary) {
        boolean clean = true;
        for (String key : OF_OTHERS) {
            if (canary.has(key)) {
                canary.error(key, "says nothing in an A/B test", "leave it out");
                clean = false;
            }
        }
        Values goal = canary.get("goal", Values.class);
        if (goal == null) {
            canary.error("goal", "missing", "{metric: custom:click, direction: up}");
            return null;
        }
        clean &= isSplitFine(canary);
        clean &= isGoalFine(goal);
        ExperimentSpec spec = clean ? spec(canary, goal) : null;
        if (spec == null) {
            return null;
        }
        ExperimentCourse course = new ExperimentCourse(spec, treated(canary));
        Plan plan = RolloutBuilder.thawing(canary, new Plan(AB_TEST, course, null, RolloutBuilder.freeze(canary)));
        return plan == null ? null : new RolloutSettings(plan, List.of(), Duration.ZERO, List.of(), null);
    }

    private static Ratio treated(Values canary) {
        return new Ratio(canary.list("variants", VariantDraft.class).stream()
                .skip(1)
                .mapToInt(variant -> variant.share().hundredths())
                .sum());
    }

    private static ExperimentSpec spec(Values canary, Values goal) {
        List<Arm> arms = new ArrayList<>();
        for (VariantDraft variant : canary.list("variants", VariantDraft.class)) {
            arms.add(new Arm(variant.name(), variant.share().hundredths() / 10_000.0));
        }
        Instant until = goal.get("until", Instant.class);
        return new ExperimentSpec(
                arms,
                goal.get("metric", String.class, ""),
                goal.get("direction", Direction.class, Direction.UP),
                goal.get("confidence", Limit.class, DEFAULT_CONFIDENCE).value(),
                goal.get("minUsers", Integer.class, DEFAULT_MIN_USERS),
                goal.get("minDuration", Duration.class, DEFAULT_MIN_DURATION),
                goal.get("onWin", String.class, "").equals(PROMOTE),
                goal.has("duration") || until == null ? goal.get("duration", Duration.class, DEFAULT_DURATION) : null,
                until);
    }

    private static boolean isSplitFine(Values canary) {
        List<VariantDraft> variants = canary.list("variants", VariantDraft.class);
        if (variants.size() < 2 || variants.size() > Variants.MOST) {
            canary.error(
                    "variants", variants.size() + " of them", "2.." + Variants.MOST + ", the first is the control");
            return false;
        }
        boolean clean = true;
        Set<String> names = new HashSet<>();
        int sum = 0;
        for (VariantDraft variant : variants) {
            if (!names.add(variant.name())) {
                variant.at().error("name", "the name " + variant.name() + " twice", "each name once");
                clean = false;
            }
            if (variant.share().equals(Ratio.NONE)) {
                variant.at().error("share", "0: no user gets it", "above 0");
                clean = false;
            }
            sum += variant.share().hundredths();
        }
        if (clean && sum != Ratio.ALL.hundredths()) {
            String shown =
                    java.math.BigDecimal.valueOf(sum, 2).stripTrailingZeros().toPlainString();
            canary.error("variants", "the shares add up to " + shown, "100");
            clean = false;
        }
        return clean;
    }

    private static boolean isGoalFine(Values goal) {
        Limit confidence = goal.get("confidence", Limit.class, DEFAULT_CONFIDENCE);
        boolean clean = true;
        if (confidence.unit() == Limit.Unit.MILLIS || confidence.value() < 0.5 || confidence.value() > 0.9999) {
            goal.error("confidence", goal.shown("confidence"), "50%..99.99%");
            clean = false;
        }
        Instant until = goal.get("until", Instant.class);
        if (until != null && until.toEpochMilli() <= System.currentTimeMillis()) {
            goal.warning(
                    "until",
                    goal.shown("until") + " is over, so a test that begins now ends at once",
                    "a time to come");
        }
        Duration duration = goal.get("duration", Duration.class, DEFAULT_DURATION);
        Duration least = goal.get("minDuration", Duration.class, DEFAULT_MIN_DURATION);
        boolean isTimed = goal.has("duration") || !goal.has("until");
        if (isTimed && duration.compareTo(least) <= 0) {
            String key = goal.has("duration") ? "duration" : "minDuration";
            goal.error(key, goal.shown(key) + ", so that evidence never ends the test", "duration above minDuration");
            clean = false;
        }
        return clean;
    }

    /** Whether the route's services may report the goal. */
    static void checkGoal(Values canary, @Nullable CustomMetrics metrics) {
        Values goal = isTest(canary) ? canary.get("goal", Values.class) : null;
        String metric = goal == null ? null : goal.get("metric", String.class);
        if (goal != null
                && metric != null
                && (metrics == null || !metrics.names().contains(metric))) {
            goal.error(
                    "metric",
                    CustomMetricsSection.PREFIX + metric + " is not declared",
                    CustomMetricsSection.expected(metric, metrics));
        }
    }

    /** The variants with their upstreams; null if there are none, or after a problem. */
    static @Nullable Variants resolve(Values canary, String stable, Map<String, Upstream> upstreams) {
        if (!isTest(canary)) {
            return null;
        }
        List<Variant> variants = new ArrayList<>();
        boolean clean = true;
        for (VariantDraft draft : canary.list("variants", VariantDraft.class)) {
            Upstream upstream = SettingsBuilder.resolve(draft.at(), "upstream", draft.upstream(), upstreams);
            if (upstream == null) {
                clean = false;
                continue;
            }
            if (variants.isEmpty() && !draft.upstream().equals(stable)) {
                draft.at()
                        .error(
                                "upstream",
                                draft.upstream() + ", but the first variant is the control",
                                "stable: " + stable);
                clean = false;
            }
            variants.add(new Variant(variants.size(), draft.name(), upstream, draft.share()));
        }
        return clean ? Variants.of(variants) : null;
    }
}
