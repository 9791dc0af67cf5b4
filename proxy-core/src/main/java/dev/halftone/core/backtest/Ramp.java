package dev.halftone.core.backtest;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.AdaptiveCourse;
import dev.halftone.core.rollout.Course;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Preset;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A way from nobody to everybody that generated releases are played along. Nobody stands beside them: hooks are not asked, freeze
 * windows do not come, and gates open at once.
 *
 * @param name as people call it
 * @param plan with {@link StepCourse steps} or an {@link AdaptiveCourse adaptive ramp}
 */
public record Ramp(String name, Plan plan) {
    /** What a name must look like. */
    public static final String EXPECTED = "auto, fixed<time> as fixed2m, or a preset: " + Preset.EXPECTED;

    private static final Pattern FIXED = Pattern.compile("fixed([1-9]\\d{0,3})([smh])");
    private static final int[] FIXED_PERCENT = {1, 5, 25, 50};
    private static final Duration WATCH = Duration.ofMinutes(10);
    private static final Duration DEADLINE = Duration.ofHours(24);

    public Ramp {
        if (!(plan.course() instanceof StepCourse) && !(plan.course() instanceof AdaptiveCourse)) {
            throw new IllegalArgumentException(plan.strategy() + " (expected: a plan of one canary beside stable)");
        }
        plan = new Plan(plan.strategy(), plan.course(), plan.deadline(), List.of());
    }

    /**
     * {@code auto} as a file without limits has it; {@code fixed2m}: 1, 5, 25 and 50 percent for two minutes each, then everybody
     * for ten; a {@link Preset}.
     *
     * @param minRequests counted requests of the canary that each step needs
     * @throws IllegalArgumentException with the name and what was expected
     */
    public static Ramp named(String name, long minRequests) {
        return new Ramp(name, new Plan("canary", course(name, minRequests), DEADLINE, List.of()));
    }

    private static Course course(String name, long minRequests) {
        if (name.equals("auto")) {
            return AdaptiveCourse.standard(minRequests);
        }
        Matcher fixed = FIXED.matcher(name);
        if (fixed.matches()) {
            long amount = Long.parseLong(fixed.group(1));
            return fixed(
                    switch (fixed.group(2)) {
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        default -> Duration.ofHours(amount);
                    },
                    minRequests);
        }
        try {
            return new StepCourse(Preset.steps(name, minRequests));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " (expected: " + EXPECTED + ")", e);
        }
    }

    private static Course fixed(Duration hold, long minRequests) {
        List<Step> steps = new ArrayList<>();
        for (int percent : FIXED_PERCENT) {
            steps.add(new Step.At(new Ratio(percent * 100), hold, minRequests));
        }
        steps.add(new Step.At(Ratio.ALL, WATCH, minRequests));
        return new StepCourse(steps);
    }

    /** Less than this it cannot take, from the first request to the promotion. */
    public Duration leastTime() {
        Duration least = Duration.ZERO;
        if (plan.course() instanceof AdaptiveCourse auto) {
            return auto.look().plus(auto.watch());
        }
        for (Step step : ((StepCourse) plan.course()).steps()) {
            least = step instanceof Step.At at ? least.plus(at.hold()) : least;
        }
        return least;
    }
}
