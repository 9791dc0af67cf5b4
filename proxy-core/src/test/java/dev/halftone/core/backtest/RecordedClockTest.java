package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordedClockTest {
    private static final List<String> OFFSETS = List.of("", "Z", "+02:00", "-05:30");
    private static final List<String> FRACTIONS = List.of("", ".5", ".123", ".000001", ".123456789");

    @Test
    void seconds_linesInAnyOrder_areReadAsEachAlone() {
        Random random = new Random(7);
        RecordedClock clock = new RecordedClock();
        for (int i = 0; i < 2000; i++) {
            String text = "2026-11-0" + random.nextInt(1, 3) + (random.nextBoolean() ? "T" : " ") + "10:0"
                    + random.nextInt(2) + ":" + random.nextInt(10, 60) + FRACTIONS.get(random.nextInt(5))
                    + OFFSETS.get(random.nextInt(8) / 2);
            assertThat(clock.seconds(text)).as(text).isEqualTo(RecordedTime.seconds(text));
        }
    }

    @Test
    void seconds_whatIsNoTime_isNoneThoughItsMinuteIsKnown() {
        RecordedClock clock = new RecordedClock();
        assertThat(clock.seconds("2026-11-01T10:00:30Z")).isNotNull();
        for (String text : List.of(
                "2026-11-01T10:00:60Z",
                "2026-11-01T10:00:3Z",
                "2026-11-01T10:00:30.Z",
                "2026-11-01T10:00:30.1.2Z",
                "2026-11-01T10:00:300Z",
                "2026-11-01T10:00:3xZ",
                "2026-11-01T10:00:30ZZ",
                "yesterday",
                "")) {
            assertThat(clock.seconds(text)).as(text).isEqualTo(RecordedTime.seconds(text));
        }
        assertThat(clock.seconds("2026-11-01T10:00:60Z")).isNull();
        assertThat(clock.seconds("1396310700.5")).isEqualTo(1396310700.5);
    }
}
