package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long PERIOD = 30 * SECOND;

    private final Pace pace = new Pace();

    /** The second in which it gives up, looked at each second; -1 after an hour. */
    private long givesUpAfter(double bytesPerSecond, long least) {
        pace.reset(0, 0);
        for (int second = 1; second <= 3600; second++) {
            if (pace.isTooSlow((long) (second * bytesPerSecond), second * SECOND, PERIOD, least)) {
                return second;
            }
        }
        return -1;
    }

    @Test
    void isTooSlow_nothingComes_afterThePeriod() {
        assertThat(givesUpAfter(0, 0)).isEqualTo(31);
    }

    @Test
    void isTooSlow_aByteNowAndThen_onlyIfARateIsAskedFor() {
        assertThat(givesUpAfter(1 / 29.0, 256)).isEqualTo(31);
        assertThat(givesUpAfter(255, 256)).isEqualTo(31);
        assertThat(givesUpAfter(256, 256)).isEqualTo(-1);
        assertThat(givesUpAfter(1 / 29.0, 0)).isEqualTo(-1);
    }

    @Test
    void isTooSlow_fastAtFirst_isJudgedByEachPeriod() {
        pace.reset(0, 0);
        assertThat(pace.isTooSlow(1_000_000, SECOND, PERIOD, 256)).isFalse();
        assertThat(pace.isTooSlow(1_000_001, 31 * SECOND, PERIOD, 256)).isFalse();
        assertThat(pace.isTooSlow(1_000_002, 60 * SECOND, PERIOD, 256)).isFalse();
        assertThat(pace.isTooSlow(1_000_003, 62 * SECOND, PERIOD, 256)).isTrue();
    }

    @Test
    void isTooSlow_shortPeriod_averagesOverThreeSeconds() {
        pace.reset(0, 0);
        assertThat(pace.isTooSlow(1, SECOND, SECOND, 256)).isFalse();
        assertThat(pace.isTooSlow(2, 2 * SECOND, SECOND, 256)).isFalse();
        assertThat(pace.isTooSlow(3, 3 * SECOND, SECOND, 256)).isFalse();
        assertThat(pace.isTooSlow(4, 4 * SECOND, SECOND, 256)).isTrue();
    }

    @Test
    void isTooSlow_anotherMessage_beginsAnew() {
        pace.reset(500, 0);
        assertThat(pace.isTooSlow(3, 29 * SECOND, PERIOD, 256)).isFalse();
        assertThat(pace.isTooSlow(4, 58 * SECOND, PERIOD, 256)).isFalse();
        assertThat(pace.isTooSlow(5, 60 * SECOND, PERIOD, 256)).isTrue();
    }
}
