package dev.halftone.core.backtest;

import org.jspecify.annotations.Nullable;

/**
 * {@link RecordedTime} for lines that follow each other: a date whose minute and offset are those of the last one is not parsed
 * again. One thread.
 */
final class RecordedClock {
    private static final int SECONDS_AT = "2014-04-01T00:05:".length();
    private static final int FRACTION_AT = SECONDS_AT + 2;

    private String minute = "none";
    private String offset = "";
    private double minuteSeconds;

    /** As {@link RecordedTime#seconds}. */
    @Nullable
    Double seconds(String text) {
        boolean dated = text.length() >= FRACTION_AT && text.charAt(4) == '-' && text.charAt(SECONDS_AT - 1) == ':';
        if (!dated) {
            return RecordedTime.seconds(text);
        }
        int end = FRACTION_AT;
        while (end < text.length() && (text.charAt(end) == '.' || isDigit(text.charAt(end)))) {
            end++;
        }
        boolean known = text.startsWith(minute) && text.length() - end == offset.length() && text.endsWith(offset);
        double within = known ? within(text, end) : Double.NaN;
        if (!Double.isNaN(within)) {
            return minuteSeconds + within;
        }
        Double seconds = RecordedTime.seconds(text);
        Double start = RecordedTime.seconds(text.substring(0, SECONDS_AT) + "00" + text.substring(end));
        if (seconds != null && start != null) {
            minute = text.substring(0, SECONDS_AT);
            offset = text.substring(end);
            minuteSeconds = start;
        }
        return seconds;
    }

    /** Seconds since the minute began; NaN for what only the long way can tell. */
    private static double within(String text, int end) {
        char tens = text.charAt(SECONDS_AT);
        char ones = text.charAt(SECONDS_AT + 1);
        int digits = end - FRACTION_AT - 1;
        boolean plain = tens >= '0' && tens <= '5' && isDigit(ones) && (digits == -1 || (digits >= 1 && digits <= 9));
        if (!plain || (digits > 0 && text.charAt(FRACTION_AT) != '.')) {
            return Double.NaN;
        }
        long fraction = 0;
        long scale = 1;
        for (int i = FRACTION_AT + 1; i < end; i++) {
            if (!isDigit(text.charAt(i))) {
                return Double.NaN;
            }
            fraction = fraction * 10 + (text.charAt(i) - '0');
            scale *= 10;
        }
        return (tens - '0') * 10 + (ones - '0') + (double) fraction / scale;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
