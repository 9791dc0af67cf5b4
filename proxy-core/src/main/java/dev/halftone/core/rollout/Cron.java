package dev.halftone.core.rollout;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * A time that comes back, in the five fields of cron: minute, hour, day of month, month, day of week. A field is {@code *}, or
 * numbers, ranges and steps, parted by commas ({@code 1-5}, {@code 8-18/2}); months and weekdays may be written by their first
 * three letters; Sunday is 0 or 7. Where day of month and day of week are both given, one of them is enough, as in Vixie cron.
 * Immutable; any thread.
 */
public final class Cron {
    private static final List<String> MONTHS =
            List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
    private static final List<String> WEEKDAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
    private static final int LAST_MINUTE = 59;
    private static final int LAST_HOUR = 23;
    private static final int SUNDAY_TOO = 7;

    private final String text;
    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean eitherDay;

    private Cron(String text, String[] fields) {
        this.text = text;
        minutes = field("minute", fields[0], 0, LAST_MINUTE, List.of());
        hours = field("hour", fields[1], 0, LAST_HOUR, List.of());
        days = field("day of month", fields[2], 1, 31, List.of());
        months = field("month", fields[3], 1, 12, MONTHS);
        weekdays = field("day of week", fields[4], 0, SUNDAY_TOO, WEEKDAYS);
        if (weekdays.get(SUNDAY_TOO)) {
            weekdays.set(0);
        }
        eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    }

    /** @throws IllegalArgumentException with the field, what stands there, and what was expected */
    public static Cron parse(String text) {
        String[] fields = text.strip().split("\\s+", -1);
        if (fields.length != 5) {
            throw new IllegalArgumentException(
                    text + " (expected: minute hour day month weekday, as \"0 18 * * FRI\")");
        }
        return new Cron(text.strip(), fields);
    }

    private static BitSet field(String name, String text, int least, int most, List<String> names) {
        BitSet set = new BitSet(most + 1);
        for (String part : text.split(",", -1)) {
            String[] slash = part.split("/", 2);
            String[] ends = slash[0].split("-", 2);
            boolean any = slash[0].equals("*");
            int from = any ? least : number(name, ends[0], least, most, names);
            int to = any || (slash.length == 2 && ends.length == 1)
                    ? most
                    : number(name, ends[ends.length - 1], least, most, names);
            int step = slash.length == 1 ? 1 : number(name, slash[1], 1, most, List.of());
            if (from > to) {
                throw new IllegalArgumentException(name + ": " + part + " (expected: a range that goes up)");
            }
            for (int i = from; i <= to; i += step) {
                set.set(i);
            }
        }
        return set;
    }

    private static int number(String name, String text, int least, int most, List<String> names) {
        int named = names.indexOf(text.toUpperCase(Locale.ROOT));
        if (named >= 0) {
            return named + least;
        }
        if (text.matches("\\d{1,2}")) {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        }
        throw new IllegalArgumentException(name + ": " + text + " (expected: " + least + ".." + most + ")");
    }

    private boolean isOn(LocalDate day) {
        boolean ofMonth = days.get(day.getDayOfMonth());
        boolean ofWeek = weekdays.get(day.getDayOfWeek().getValue() % SUNDAY_TOO);
        return months.get(day.getMonthValue()) && (eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    /**
     * The last time it came, from {@code notBeforeMillis} up to {@code nowMillis}, both included, epoch milliseconds. A local time
     * that the change to summer time skips comes as much later; of one that comes twice the first counts.
     */
    public OptionalLong last(long notBeforeMillis, long nowMillis, ZoneId zone) {
        LocalDate first = Instant.ofEpochMilli(notBeforeMillis).atZone(zone).toLocalDate();
        LocalDate day = Instant.ofEpochMilli(nowMillis).atZone(zone).toLocalDate();
        for (; !day.isBefore(first); day = day.minusDays(1)) {
            OptionalLong found = isOn(day) ? lastOf(day, notBeforeMillis, nowMillis, zone) : OptionalLong.empty();
            if (found.isPresent()) {
                return found;
            }
        }
        return OptionalLong.empty();
    }

    private OptionalLong lastOf(LocalDate day, long notBeforeMillis, long nowMillis, ZoneId zone) {
        for (int hour = hours.previousSetBit(LAST_HOUR); hour >= 0; hour = hours.previousSetBit(hour - 1)) {
            for (int minute = minutes.previousSetBit(LAST_MINUTE);
                    minute >= 0;
                    minute = minutes.previousSetBit(minute - 1)) {
                long at = day.atTime(hour, minute).atZone(zone).toInstant().toEpochMilli();
                if (at >= notBeforeMillis && at <= nowMillis) {
                    return OptionalLong.of(at);
                }
            }
        }
        return OptionalLong.empty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cron cron && cron.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
