package dev.halftone.core.rollout;

import java.time.Duration;
import java.time.ZoneId;
import java.util.OptionalLong;

/**
 * A time in which no step is taken, and rollbacks are.
 *
 * @param begins when it begins, each time
 * @param duration how long it then lasts, 1 minute..31 days
 * @param zone whose local time {@code begins} is
 */
public record FreezeWindow(Cron begins, Duration duration, ZoneId zone) {
    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration MOST = Duration.ofDays(31);
    private static final long YEARS_MILLIS = Duration.ofDays(28 * 366).toMillis();

    public FreezeWindow {
        if (duration.compareTo(LEAST) < 0 || duration.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("freeze of " + duration + " (expected: 1m..31d)");
        }
    }

    /** When the window that is open at this moment ends, epoch milliseconds; empty if none is. */
    OptionalLong until(long nowMillis) {
        OptionalLong began = begins.last(nowMillis - duration.toMillis() + 1, nowMillis, zone);
        return began.isPresent() ? OptionalLong.of(began.getAsLong() + duration.toMillis()) : began;
    }

    /** Whether it begins at all from that moment on: each day of a month comes on each weekday within 28 years. */
    public boolean everBegins(long fromMillis) {
        return begins.last(fromMillis, fromMillis + YEARS_MILLIS, zone).isPresent();
    }

    /** When it last ended after {@code sinceMillis} and not after now; {@code sinceMillis} if it has not. */
    long lastEnd(long sinceMillis, long nowMillis) {
        long length = duration.toMillis();
        OptionalLong began = begins.last(sinceMillis - length, nowMillis - length, zone);
        return began.isPresent() ? began.getAsLong() + length : sinceMillis;
    }
}
