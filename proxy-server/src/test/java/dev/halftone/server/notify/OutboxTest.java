package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.store.StateStore.Recorded;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final Outbox outbox = new Outbox(Backoff.DEFAULT, 10);
    private long now = 1_000_000;

    private long next() {
        return Objects.requireNonNull(outbox.next(now)).id();
    }

    @Test
    void failed_againAndAgain_waitsTwiceAsLongEachTimeThenGivesUp() {
        outbox.add(Trail.rollback(11));
        List<Long> waits = new ArrayList<>();
        boolean isGivenUp = false;
        while (!isGivenUp) {
            assertThat(next()).isEqualTo(11);
            isGivenUp = outbox.failed(now, 0, 0);
            if (!isGivenUp) {
                waits.add(outbox.dueMillis() - now);
                now = outbox.dueMillis() - 1;
                assertThat(outbox.next(now)).isNull();
                now++;
            }
        }
        assertThat(waits)
                .containsExactly(
                        1000L, 2000L, 4000L, 8000L, 16_000L, 32_000L, 64_000L, 128_000L, 256_000L, 300_000L, 300_000L);
        assertThat(outbox.isEmpty()).isTrue();
        assertThat(outbox.mark()).isEqualTo(11);
    }

    @Test
    void failed_receiverAsksForTime_getsItWithinReason() {
        outbox.add(Trail.rollback(11));
        next();
        outbox.failed(now, 42_000, 1);
        assertThat(outbox.dueMillis() - now).isEqualTo(42_000);
        now = outbox.dueMillis();
        next();
        outbox.failed(now, 86_400_000, 1);
        assertThat(outbox.dueMillis() - now).isEqualTo(300_000);
        assertThat(Backoff.DEFAULT.waitMillis(3, 0, 1)).isEqualTo(3200);
    }

    @Test
    void failed_firstTryOfTheNextMessage_countsAnew() {
        outbox.add(Trail.rollback(11));
        outbox.add(Trail.rollback(12));
        next();
        assertThat(outbox.next(now)).as("one at a time").isNull();
        outbox.failed(now, 0, 0);
        now += 1000;
        next();
        outbox.delivered();
        assertThat(next()).isEqualTo(12);
        outbox.failed(now, 0, 0);
        assertThat(outbox.dueMillis() - now).isEqualTo(1000);
    }

    @Test
    void add_beyondTheBound_theOldestGoesButNotTheOneUnderWay() {
        for (int id = 11; id < 11 + Outbox.MOST; id++) {
            assertThat(outbox.add(Trail.rollback(id))).isTrue();
        }
        assertThat(outbox.add(Trail.rollback(1000))).isFalse();
        assertThat(next()).isEqualTo(12);
        assertThat(outbox.add(Trail.rollback(1001))).isFalse();
        outbox.delivered();
        assertThat(next()).isEqualTo(14);
    }

    @Test
    void mark_isBeforeWhatWaitsAndAfterWhatIsDone() {
        outbox.skip(20);
        assertThat(outbox.mark()).isEqualTo(20);
        Recorded waiting = Trail.rollback(25);
        outbox.add(waiting);
        outbox.skip(30);
        assertThat(outbox.mark()).isEqualTo(24);
        next();
        outbox.delivered();
        assertThat(outbox.mark()).isEqualTo(30);
    }
}
