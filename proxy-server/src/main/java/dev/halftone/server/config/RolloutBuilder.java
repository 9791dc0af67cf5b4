package dev.halftone.server.config;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.rollout.AdaptiveCourse;
import dev.halftone.core.rollout.Course;
import dev.halftone.core.rollout.Cron;
import dev.halftone.core.rollout.ExperimentCourse;
import dev.halftone.core.rollout.FreezeWindow;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Preset;
import dev.halftone.core.rollout.RollingCourse;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import dev.halftone.server.config.Scalars.Limit;
import dev.halftone.server.config.Struct.Values;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a release's plan of what was read, and tells what cannot work: steps that go down, steps and gates that are never passed,
 * a deadline that comes before a hold is over, a freeze that never ends. One thread.
 */
final class RolloutBuilder {
    private static final Duration DEFAULT_WATCH = Duration.ofMinutes(10);
    private static final Duration DEFAULT_DEADLINE = Duration.ofHours(24);
    private static final List<String> OF_A_PLAN = List.of("deadline", "freeze", "hooks");
    /** Cron has no memory: whether windows leave a gap shows from any moment on. A leap year has every day. */
    private static final long SOME_MOMENT_MILLIS =
            Instant.parse("2024-01-01T00:00:00Z").toEpochMilli();

    private final Values canary;
    private final AnalysisSpec analysis;
    private boolean clean = true;

    private RolloutBuilder(Values canary, AnalysisSpec analysis) {
        this.canary = canary;
        this.analysis = analysis;
    }

    /** A step before it is known what its samples default to. */
    record StepDraft(
            Values at,
            @Nullable Ratio ratio,
            Duration hold,
            @Nullable Integer minRequests) {}

    static @Nullable Object step(Values values) {
        boolean pause = values.has("pause");
        if (pause == values.has("ratio")) {
            values.error("", pause ? "ratio and pause at once" : "neither ratio nor pause", "one of them");
            return null;
        }
        if (pause && (values.has("hold") || values.has("minRequests"))) {
            values.error("pause", "a gate with hold or minRequests", "pause: {} alone");
            return null;
        }
        return new StepDraft(
                values,
                values.get("ratio", Ratio.class),
                values.get("hold", Duration.class, Duration.ZERO),
                values.get("minRequests", Integer.class));
    }

    static @Nullable Object smoke(Values values) {
        String path = values.get("path", String.class, "/");
        try {
            URI.create("http://localhost" + path);
        } catch (IllegalArgumentException e) {
            values.error("path", values.shown("path"), "a path as a URL holds it, other characters as %7B");
            return null;
        }
        return new SmokeRequest(
                path,
                values.get("status", Integer.class, 200),
                values.get("timeout", Duration.class, Duration.ofSeconds(2)));
    }

    static @Nullable Object window(Values values) {
        Cron cron = values.get("cron", Cron.class);
        if (cron == null) {
            return null;
        }
        try {
            return new FreezeWindow(
                    cron,
                    values.get("duration", Duration.class, Duration.ZERO),
                    values.get("timeZone", ZoneId.class, ZoneOffset.UTC));
        } catch (IllegalArgumentException e) {
            values.error("duration", values.shown("duration"), "1m..31d");
            return null;
        }
    }

    private static boolean needsSteps(Values canary) {
        return !isBlueGreen(canary) && !RollingSection.isRolling(canary);
    }

    private static boolean isBlueGreen(Values canary) {
        return canary.get("strategy", String.class, RolloutGrammar.CANARY).equals(RolloutGrammar.BLUE_GREEN);
    }

    /**
     * Where requests without a user key go unless the file says: no side may keep them while it shrinks to nothing. Where a
     * blue-green or rolling release has no user keys at all, each request counts: behind one address the caps on users would leave too
     * few to judge, a canary that fails outright would stay, and of a rolling release one part of the instances would get everything.
     */
    static MissingKey missingKey(Values canary) {
        if (needsSteps(canary)) {
            return MissingKey.STABLE;
        }
        return canary.has("userKey") ? MissingKey.CLIENT_IP : MissingKey.EACH_REQUEST;
    }

    /** Whether the release cannot do without user keys. */
    static boolean needsUserKey(Values canary) {
        return needsSteps(canary);
    }

    /** The ratio of the file, or the first that its plan comes to. */
    static Ratio ratio(Values canary, RolloutSettings rollout) {
        Plan plan = rollout.plan();
        if (plan == null) {
            return canary.get("ratio", Ratio.class, Ratio.NONE);
        }
        if (plan.course() instanceof AdaptiveCourse auto) {
            return auto.min();
        }
        if (plan.course() instanceof ExperimentCourse test) {
            return test.treated();
        }
        if (!(plan.course() instanceof StepCourse course)) {
            return Ratio.NONE;
        }
        for (Step step : course.steps()) {
            if (step instanceof Step.At at) {
                return at.ratio();
            }
        }
        return Ratio.NONE;
    }

    /** Null after a problem. */
    static @Nullable RolloutSettings build(Values canary, AnalysisSpec analysis) {
        return new RolloutBuilder(canary, analysis).build();
    }

    private @Nullable RolloutSettings build() {
        if (ExperimentSection.isTest(canary)) {
            return ExperimentSection.build(canary);
        }
        refuse("says nothing without strategy: abTest", "variants", "goal");
        boolean blueGreen = isBlueGreen(canary);
        boolean rolling = RollingSection.isRolling(canary);
        if (blueGreen) {
            refuse("says nothing in a blue-green release", "ratio", "steps", "auto", "rolling");
        } else if (rolling) {
            refuse("says nothing in a rolling release", "ratio", "steps", "auto", "blueGreen", "mirror");
        } else {
            refuse("says nothing without strategy: blueGreen", "blueGreen");
            refuse("says nothing without strategy: rolling", "rolling");
        }
        if (needsSteps(canary) && canary.has("ratio") == canary.has("steps")) {
            boolean both = canary.has("ratio");
            error(both ? "steps" : "ratio", both ? "ratio and steps at once" : "missing", "ratio or steps");
        }
        boolean isAuto = StepsShape.AUTO.equals(canary.get("steps", Object.class));
        if (!isAuto && needsSteps(canary)) {
            refuse("says nothing without steps: auto", "auto");
        }
        if (needsSteps(canary) && !canary.has("steps")) {
            OF_A_PLAN.forEach(key -> refuse("says nothing about a plain ratio", key));
            return clean ? RolloutSettings.RATIO : null;
        }
        Values of = canary.get("blueGreen", Values.class);
        RolloutSettings.Rolling instances = rolling ? RollingSection.rolling(canary) : null;
        clean &= !rolling || instances != null;
        Course course = !clean ? null : rolling ? rolling() : blueGreen ? blueGreen(of) : isAuto ? auto() : steps();
        Plan plan = course == null ? null : plan(course);
        if (plan == null || !clean) {
            return null;
        }
        List<SmokeRequest> smoke = of == null ? List.of() : of.list("smoke", SmokeRequest.class);
        Duration within = of == null ? Duration.ZERO : smokeWithin(of);
        return new RolloutSettings(plan, smoke, within, HookSection.hooks(canary), instances);
    }

    static Duration smokeWithin(Values blueGreen) {
        return blueGreen.get("smokeWithin", Duration.class, Duration.ofMinutes(1));
    }

    private void refuse(String problem, String... keys) {
        for (String key : keys) {
            if (canary.has(key)) {
                error(key, problem, "leave it out");
            }
        }
    }

    private void error(String key, String problem, String expected) {
        canary.error(key, problem, expected);
        clean = false;
    }

    private Plan plan(Course course) {
        Duration deadline = canary.isNull("deadline") ? null : canary.get("deadline", Duration.class, DEFAULT_DEADLINE);
        List<FreezeWindow> freeze = freeze(canary);
        String strategy = canary.get("strategy", String.class, RolloutGrammar.CANARY);
        Plan plan = new Plan(strategy, course, deadline, freeze, HookSection.order(canary));
        if (deadline != null) {
            clean &= DeadlineConflicts.isFine(canary, course, deadline, analysis);
        }
        clean &= thawing(canary, plan) != null;
        ReleaseConflicts.warnOfRates(canary, analysis);
        return plan;
    }

    static List<FreezeWindow> freeze(Values canary) {
        return canary.list("freeze", FreezeWindow.class);
    }

    /** The same plan; null, and a problem, if its freeze windows never leave a gap. */
    static @Nullable Plan thawing(Values canary, Plan plan) {
        for (int i = 0; i < plan.freeze().size(); i++) {
            if (!plan.freeze().get(i).everBegins(SOME_MOMENT_MILLIS)) {
                canary.warning("freeze", i, "there is no such day, so this window never begins", "a day that comes");
            }
        }
        if (plan.everThaws(SOME_MOMENT_MILLIS)) {
            return plan;
        }
        canary.error("freeze", "the windows never leave a gap, so no step is ever taken", "times between them");
        return null;
    }

    private int minRequests(@Nullable Values values) {
        int usual = analysis.minRequests();
        return values == null ? usual : values.get("minRequests", Integer.class, usual);
    }

    private @Nullable Course blueGreen(@Nullable Values of) {
        Duration watch = of == null ? DEFAULT_WATCH : of.get("watch", Duration.class, DEFAULT_WATCH);
        List<SmokeRequest> smoke = of == null ? List.of() : of.list("smoke", SmokeRequest.class);
        warnOfNoWatch(of, watch);
        if (of != null && !agree(of, smoke)) {
            return null;
        }
        if (smoke.isEmpty()) {
            canary.warning(
                    "strategy", "no smoke requests, so users are the first to try the new version", "blueGreen.smoke");
        }
        return StepCourse.blueGreen(!smoke.isEmpty(), watch, minRequests(of));
    }

    private static boolean agree(Values of, List<SmokeRequest> smoke) {
        Map<String, Integer> statuses = new HashMap<>();
        for (SmokeRequest request : smoke) {
            Integer other = statuses.putIfAbsent(request.path(), request.status());
            if (other != null && other != request.status()) {
                of.error(
                        "smoke",
                        request.path() + " must answer " + other + " and " + request.status() + ", so they never pass",
                        "one status for each path");
                return false;
            }
        }
        return true;
    }

    private static void warnOfNoWatch(@Nullable Values of, Duration watch) {
        if (of != null && watch.isZero()) {
            of.warning(
                    "watch",
                    "0s: promoted as soon as the checks are healthy, and what shows later takes nobody back",
                    "a time, as 10m");
        }
    }

    private Course rolling() {
        RollingCourse course = RollingSection.course(canary, analysis.minRequests());
        warnOfNoWatch(canary.get("rolling", Values.class), course.watch());
        return course;
    }

    private @Nullable Course auto() {
        Values auto = canary.get("auto", Values.class);
        AdaptiveCourse usual = AdaptiveCourse.standard(minRequests(auto));
        if (auto == null) {
            return usual;
        }
        Ratio min = auto.get("min", Ratio.class, usual.min());
        Ratio max = auto.get("max", Ratio.class, usual.max());
        Duration look = auto.get("look", Duration.class, usual.look());
        Limit tolerated = auto.get("tolerated", Limit.class, new Limit(usual.tolerated(), Limit.Unit.PERCENT));
        if (min.equals(Ratio.NONE) || min.compareTo(max) > 0) {
            auto.error("min", auto.shown("min"), "above 0 and at most max, " + max);
            return null;
        }
        if (max.equals(Ratio.ALL)) {
            auto.error("max", "100", "below 100, where both versions have users to compare");
            return null;
        }
        if (tolerated.unit() == Limit.Unit.MILLIS || tolerated.value() < 0 || tolerated.value() > 1) {
            auto.error("tolerated", auto.shown("tolerated"), "5% or a share 0..1");
            return null;
        }
        if (look.isZero()) {
            auto.error("look", auto.shown("look"), "above 0s");
            return null;
        }
        Duration watch = auto.get("watch", Duration.class, usual.watch());
        warnOfNoWatch(auto, watch);
        return new AdaptiveCourse(
                min,
                max,
                auto.get("factor", Double.class, usual.factor()),
                look,
                usual.minRequests(),
                auto.get("harmBudget", Integer.class, (int) usual.harmBudget()),
                tolerated.value(),
                watch);
    }

    private @Nullable Course steps() {
        Object given = canary.get("steps", Object.class);
        if (given instanceof String name) {
            return new StepCourse(Preset.steps(name, analysis.minRequests()));
        }
        List<StepDraft> drafts = canary.list("steps", StepDraft.class);
        List<Step> steps = new ArrayList<>();
        Ratio reached = Ratio.NONE;
        for (int i = 0; i < drafts.size(); i++) {
            StepDraft draft = drafts.get(i);
            Ratio ratio = draft.ratio();
            if (ratio == null) {
                steps.add(new Step.Gate(Step.OPERATOR));
                if (i > 0 && drafts.get(i - 1).ratio() == null) {
                    draft.at().warning("pause", "a gate right after a gate", "one of them");
                }
            } else if (isOrderly(draft, ratio, reached)) {
                if (i > 0 && ratio.equals(drafts.get(i - 1).ratio())) {
                    draft.at()
                            .warning("ratio", ratio + " as the step before: nobody is added", "one step, held longer");
                }
                reached = ratio;
                Integer min = draft.minRequests();
                steps.add(new Step.At(ratio, draft.hold(), min == null ? analysis.minRequests() : min));
            }
        }
        if (clean && reached.equals(Ratio.NONE)) {
            error("steps", "no step with a ratio", "at least one, as {ratio: 10, hold: 10m}");
        } else if (clean && !reached.equals(Ratio.ALL)) {
            canary.warning(
                    "steps", "after " + reached + " % the release goes to everybody unwatched", "a last step at 100");
        }
        return clean ? new StepCourse(steps) : null;
    }

    private boolean isOrderly(StepDraft draft, Ratio ratio, Ratio reached) {
        Values at = draft.at();
        if (ratio.equals(Ratio.NONE)) {
            at.error("ratio", "0: no request reaches the canary, so the step is never passed", "above 0");
            clean = false;
        } else if (ratio.compareTo(reached) < 0) {
            at.error("ratio", ratio + " after " + reached, "steps that go up");
            clean = false;
        }
        boolean isJudged = !analysis.checks().isEmpty() || !Integer.valueOf(0).equals(draft.minRequests());
        if (draft.hold().isZero() && !isJudged) {
            at.warning("hold", "0s without checks or samples: the step is passed at once", "a hold");
        }
        return clean;
    }
}
