package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Step.At;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Steps by the names that people know from other tools: {@code allAtOnce}, {@code canaryPpercentTminutes},
 * {@code linearPpercentEveryTminutes}. P is 1..99; the time is a number with second, minute or hour, one or many; case does not
 * matter. Each ends with a watch at 100 %, as long as the steps before.
 */
public final class Preset {
    /** What a name must look like, for messages and the schema. */
    public static final String EXPECTED = "allAtOnce, canary<1..99>percent<N>minutes as canary10percent5minutes, or"
            + " linear<1..99>percentEvery<N>minutes as linear10percentEvery1minute";

    private static final Pattern NAME = Pattern.compile(
            "(canary|linear)(\\d{1,2})percent(every)?(\\d{1,4})(second|minute|hour)s?", Pattern.CASE_INSENSITIVE);
    private static final String ALL_AT_ONCE = "allatonce";

    private Preset() {}

    /**
     * @param minRequests counted requests of the canary that each step needs
     * @throws IllegalArgumentException with the name and what was expected
     */
    public static List<Step> steps(String name, long minRequests) {
        if (name.toLowerCase(Locale.ROOT).equals(ALL_AT_ONCE)) {
            return List.of(new At(Ratio.ALL, Duration.ZERO, minRequests));
        }
        Matcher matcher = NAME.matcher(name);
        boolean linear = matcher.matches() && matcher.group(1).equalsIgnoreCase("linear");
        boolean orderly = matcher.matches()
                && linear == (matcher.group(3) != null)
                && Integer.parseInt(matcher.group(2)) > 0
                && Integer.parseInt(matcher.group(4)) > 0;
        if (!orderly) {
            throw new IllegalArgumentException(name + " (expected: " + EXPECTED + ")");
        }
        int percent = Integer.parseInt(matcher.group(2));
        Duration time = time(Integer.parseInt(matcher.group(4)), matcher.group(5));
        List<Step> steps = new ArrayList<>();
        for (int at = percent; at < 100; at += linear ? percent : 100) {
            steps.add(new At(new Ratio(at * 100), time, minRequests));
        }
        steps.add(new At(Ratio.ALL, time, minRequests));
        return steps;
    }

    private static Duration time(int amount, String unit) {
        return switch (unit.toLowerCase(Locale.ROOT)) {
            case "second" -> Duration.ofSeconds(amount);
            case "minute" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }
}
