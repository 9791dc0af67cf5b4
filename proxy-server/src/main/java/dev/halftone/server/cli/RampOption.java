package dev.halftone.server.cli;

import dev.halftone.core.backtest.Ramp;
import dev.halftone.core.rollout.AdaptiveCourse;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Along which ramps releases are played. */
final class RampOption {
    static final int MOST = 8;

    private static final String ROUTE = "route";
    private static final List<String> USUAL = List.of("auto", "fixed2m", "fixed10m");

    @Option(
            names = "--ramps",
            paramLabel = "RAMPS",
            arity = "0..1",
            fallbackValue = "",
            description =
                    "Play each release from its beginning to promotion or rollback along these ramps, by comma: route"
                            + " (the plan of the configured route), auto (the adaptive ramp), fixed<time> as fixed2m (1, 5, 25, 50 %% for"
                            + " so long each, then all for 10 min), or a preset as linear10percentEvery1minute (default without RAMPS:"
                            + " route if it has a plan, auto, fixed2m, fixed10m).")
    private @Nullable String given;

    boolean isGiven() {
        return given != null;
    }

    /** At least one, each once. */
    List<Ramp> ramps(AnalysisOption.Chosen chosen) throws CommandFailure {
        Map<String, Ramp> ramps = new LinkedHashMap<>();
        for (String name : names(chosen)) {
            ramps.put(name, name.equals(ROUTE) ? own(chosen) : named(name, chosen));
        }
        Quantities.expect(ramps.size() <= MOST, "--ramps", ramps.size() + " ramps", "at most " + MOST);
        return List.copyOf(ramps.values());
    }

    private List<String> names(AnalysisOption.Chosen chosen) {
        if (given != null && !given.isEmpty()) {
            return List.of(given.split(",", -1));
        }
        List<String> names = new ArrayList<>(USUAL);
        if (isRamp(chosen.plan())) {
            names.add(0, ROUTE);
        }
        return names;
    }

    private static boolean isRamp(@Nullable Plan plan) {
        return plan != null && (plan.course() instanceof StepCourse || plan.course() instanceof AdaptiveCourse);
    }

    private static Ramp named(String name, AnalysisOption.Chosen chosen) throws CommandFailure {
        try {
            return Ramp.named(name, chosen.spec().minRequests());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid(
                    "--ramps: " + name + " (expected: route beside --config, " + Ramp.EXPECTED + ")");
        }
    }

    private static Ramp own(AnalysisOption.Chosen chosen) throws CommandFailure {
        Plan plan = chosen.plan();
        if (plan != null && isRamp(plan)) {
            return new Ramp(ROUTE, plan);
        }
        String expected = "a route with steps, steps: auto or strategy: blueGreen";
        String route = chosen.route();
        if (route == null) {
            throw CommandFailure.invalid(
                    "--ramps: route without configuration (expected: --config FILE with " + expected + ")");
        }
        String has = plan == null ? "a ratio and no plan" : "strategy: " + plan.strategy();
        throw CommandFailure.invalid("--ramps: route " + route + " has " + has + " (expected: " + expected + ")");
    }

    /** What of the route's plan is not played; empty if all is. */
    static String leftOut(List<Ramp> ramps, AnalysisOption.Chosen chosen) {
        Plan plan = chosen.plan();
        if (plan == null || ramps.stream().noneMatch(ramp -> ramp.name().equals(ROUTE))) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        if (plan.course() instanceof StepCourse course
                && course.steps().stream().anyMatch(step -> step instanceof Step.Gate)) {
            parts.add("gates open at once");
        }
        if (!plan.hooks().beforeStep().isEmpty() || !plan.hooks().afterStep().isEmpty()) {
            parts.add("hooks are not asked");
        }
        if (!plan.freeze().isEmpty()) {
            parts.add("no freeze window comes");
        }
        return parts.isEmpty() ? "" : "Of the route's plan " + String.join(", ", parts) + ".";
    }

    /** A ramp's steps in a line. */
    static String words(Ramp ramp) {
        if (ramp.plan().course() instanceof AdaptiveCourse auto) {
            return "from " + auto.min() + " % to " + auto.max() + " %, times " + Words.plain(auto.factor())
                    + " at most each " + time(auto.look()) + ", harm budget "
                    + Words.plain(auto.harmBudget()) + ", " + Words.percent(auto.tolerated())
                    + " tolerated; then 100 % for " + time(auto.watch());
        }
        List<String> steps = new ArrayList<>();
        for (Step step : ((StepCourse) ramp.plan().course()).steps()) {
            if (step instanceof Step.At at) {
                steps.add(at.ratio() + " %" + (at.hold().isZero() ? "" : " for " + time(at.hold())));
            } else {
                steps.add("gate " + ((Step.Gate) step).name());
            }
        }
        return String.join(", ", steps);
    }

    private static String time(Duration duration) {
        return Words.time(duration.toMillis() / 1000.0);
    }
}
