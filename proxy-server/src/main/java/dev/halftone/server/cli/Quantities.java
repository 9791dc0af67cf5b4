package dev.halftone.server.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with their units as options have them. What does not fit is a failure that says what was expected. */
final class Quantities {
    private static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,5})([smhd])");
    private static final Pattern MILLIS = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(ms|s)");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,6})?)%");
    private static final Pattern RATE = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,6})?)/(s|min|h)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,6}(?:\\.\\d{1,6})?");

    private Quantities() {}

    /** {@code 90s}, {@code 60m}, {@code 24h}, {@code 7d}. */
    static Duration duration(String option, String text) throws CommandFailure {
        Matcher matcher = match(DURATION, option, text, "a duration as 90s, 60m, 24h or 7d");
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** {@code 80ms}, {@code 1.5s}; above 0, in milliseconds. */
    static double millis(String option, String text) throws CommandFailure {
        String expected = "a latency above 0, as 80ms or 1.5s";
        Matcher matcher = match(MILLIS, option, text, expected);
        double millis = Double.parseDouble(matcher.group(1)) * (matcher.group(2).equals("s") ? 1000 : 1);
        expect(millis > 0, option, text, expected);
        return millis;
    }

    /** {@code 3%}, at most 100 %; as a share 0..1. */
    static double share(String option, String text) throws CommandFailure {
        String expected = "a percentage from 0% to 100%, as 0.5%";
        double share = Double.parseDouble(match(PERCENT, option, text, expected).group(1)) / 100;
        expect(share <= 1, option, text, expected);
        return share;
    }

    /** {@code +20%}; as a factor, 1.2. */
    static double increase(String option, String text) throws CommandFailure {
        String expected = "an increase as +20%, at most +9999%";
        expect(text.startsWith("+"), option, text, expected);
        return 1
                + Double.parseDouble(match(PERCENT, option, text.substring(1), expected)
                                .group(1))
                        / 100;
    }

    /** {@code 100/s}, {@code 30/min}; a second. */
    static double rate(String option, String text, double least, double most) throws CommandFailure {
        String expected =
                "a rate as 100/s, 30/min or 5/h, from " + Words.plain(least) + "/s to " + Words.plain(most) + "/s";
        Matcher matcher = match(RATE, option, text, expected);
        double divisor = switch (matcher.group(2)) {
            case "s" -> 1;
            case "min" -> 60;
            default -> 3600;
        };
        double rate = Double.parseDouble(matcher.group(1)) / divisor;
        expect(rate >= least && rate <= most, option, text, expected);
        return rate;
    }

    /** A plain number, 0 to this. */
    static double number(String option, String text, double most) throws CommandFailure {
        String expected = "a number from 0 to " + Words.plain(most);
        double number = Double.parseDouble(match(NUMBER, option, text, expected).group());
        expect(number <= most, option, text, expected);
        return number;
    }

    private static Matcher match(Pattern pattern, String option, String text, String expected) throws CommandFailure {
        Matcher matcher = pattern.matcher(text);
        expect(matcher.matches(), option, text, expected);
        return matcher;
    }

    static void expect(boolean holds, String option, Object given, String expected) throws CommandFailure {
        if (!holds) {
            throw CommandFailure.invalid(option + ": " + given + " (expected: " + expected + ")");
        }
    }
}
