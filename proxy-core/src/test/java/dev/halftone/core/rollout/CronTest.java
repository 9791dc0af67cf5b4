package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronTest {
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    private static long at(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 18 * * FRI       | Asia/Shanghai | 2026-11-28T00:00:00Z | 2026-11-27T10:00:00Z
            0 18 * * FRI       | UTC           | 2026-11-27T18:00:00Z | 2026-11-27T18:00:00Z
            0 18 * * 5         | UTC           | 2026-11-27T17:59:59Z | 2026-11-20T18:00:00Z
            */15 8-18 * * *    | UTC           | 2026-11-25T12:44:00Z | 2026-11-25T12:30:00Z
            */15 8-18 * * *    | UTC           | 2026-11-25T03:00:00Z | 2026-11-24T18:45:00Z
            30 6 1 JAN,JUL *   | UTC           | 2026-11-25T00:00:00Z | 2026-07-01T06:30:00Z
            0 0 13 * FRI       | UTC           | 2026-11-14T12:00:00Z | 2026-11-13T00:00:00Z
            0 0 1 * SUN        | UTC           | 2026-11-25T12:00:00Z | 2026-11-22T00:00:00Z
            0 12 * * 7         | UTC           | 2026-11-25T12:00:00Z | 2026-11-22T12:00:00Z
            5/20 0 * * *       | UTC           | 2026-11-25T12:00:00Z | 2026-11-25T00:45:00Z
            30 2 * * *         | Europe/Berlin | 2026-03-29T04:00:00Z | 2026-03-29T01:30:00Z
            30 2 * * *         | Europe/Berlin | 2026-10-25T04:00:00Z | 2026-10-25T00:30:00Z
            """)
    void last_isTheTimeBefore(String cron, String zone, String now, String expected) {
        long nowMillis = at(now);

        OptionalLong last = Cron.parse(cron).last(nowMillis - 366 * DAY_MILLIS, nowMillis, ZoneId.of(zone));

        assertThat(Instant.ofEpochMilli(last.orElseThrow())).isEqualTo(Instant.parse(expected));
    }

    @Test
    void last_notWithinReach_isEmpty() {
        Cron friday = Cron.parse("0 18 * * FRI");

        assertThat(friday.last(at("2026-11-21T00:00:00Z"), at("2026-11-27T17:59:59Z"), ZoneId.of("UTC")))
                .isEmpty();
    }

    /** Against a walk through every minute. */
    @Test
    void last_randomFields_agreesWithEveryMinuteTried() {
        Random random = new Random(7);
        ZoneId utc = ZoneId.of("UTC");
        for (int i = 0; i < 200; i++) {
            int minute = random.nextInt(60);
            int hour = random.nextInt(24);
            int weekday = random.nextInt(7);
            Cron cron = Cron.parse(minute + " " + hour + "," + (hour + 5) % 24 + " * * " + weekday);
            long now = at("2026-11-25T00:00:00Z") + random.nextInt(20 * 24 * 60) * 60_000L;
            long expected = now;
            while (!isOn(expected, minute, hour, weekday)) {
                expected -= 60_000;
            }
            assertThat(cron.last(now - 8 * DAY_MILLIS, now, utc)).hasValue(expected);
        }
    }

    private static boolean isOn(long millis, int minute, int hour, int weekday) {
        var time = Instant.ofEpochMilli(millis).atZone(ZoneId.of("UTC"));
        boolean isHour = time.getHour() == hour || time.getHour() == (hour + 5) % 24;
        return time.getMinute() == minute && isHour && time.getDayOfWeek().getValue() % 7 == weekday;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 18 * *        | 0 18 * * (expected: minute hour day month weekday, as "0 18 * * FRI")
            60 1 * * *      | minute: 60 (expected: 0..59)
            0 24 * * *      | hour: 24 (expected: 0..23)
            0 0 0 * *       | day of month: 0 (expected: 1..31)
            0 0 * XYZ *     | month: XYZ (expected: 1..12)
            0 0 * * 8       | day of week: 8 (expected: 0..7)
            0 5-1 * * *     | hour: 5-1 (expected: a range that goes up)
            */0 * * * *     | minute: 0 (expected: 1..59)
            0 , * * *       | hour:  (expected: 0..23)
            """)
    void parse_wrong_saysWhatWasExpected(String cron, String message) {
        assertThatThrownBy(() -> Cron.parse(cron)).hasMessage(message);
    }

    @Test
    void until_withinAWindow_isItsEnd() {
        FreezeWindow weekend = new FreezeWindow(Cron.parse("0 18 * * FRI"), Duration.ofHours(62), ZoneId.of("UTC"));

        assertThat(weekend.until(at("2026-11-27T17:59:59Z"))).isEmpty();
        assertThat(weekend.until(at("2026-11-27T18:00:00Z"))).hasValue(at("2026-11-30T08:00:00Z"));
        assertThat(weekend.until(at("2026-11-30T07:59:59.999Z"))).hasValue(at("2026-11-30T08:00:00Z"));
        assertThat(weekend.until(at("2026-11-30T08:00:00Z"))).isEmpty();
        assertThat(weekend.lastEnd(at("2026-11-27T00:00:00Z"), at("2026-12-01T00:00:00Z")))
                .isEqualTo(at("2026-11-30T08:00:00Z"));
        assertThat(weekend.lastEnd(at("2026-11-30T09:00:00Z"), at("2026-12-01T00:00:00Z")))
                .isEqualTo(at("2026-11-30T09:00:00Z"));
    }
}
