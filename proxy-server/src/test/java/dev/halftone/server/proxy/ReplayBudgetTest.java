package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.proxy.Attempts.Next;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayBudgetTest {
    private static final long SECOND = 1_000_000_000L;

    private long now = -5 * SECOND;
    private final ReplayBudget budget = new ReplayBudget(now);

    private int takeAll(Next kind, int percent) {
        int taken = 0;
        while (budget.take(kind, percent, now)) {
            taken++;
        }
        return taken;
    }

    private void requested(int requests) {
        for (int i = 0; i < requests; i++) {
            budget.requested(now);
        }
    }

    @Test
    void take_withoutRequests_theReserve() {
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE);
    }

    @Test
    void take_withRequests_theirShareBesides() {
        requested(1000);
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE + 200);
        assertThat(budget.take(Next.RESCUE, 20, now)).isFalse();
    }

    @Test
    void take_ofBothKinds_eachHasItsOwn() {
        requested(1000);
        assertThat(takeAll(Next.RETRY, 10)).isEqualTo(ReplayBudget.RESERVE + 100);
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE + 200);
    }

    @Test
    void take_percentZero_none() {
        requested(1000);
        assertThat(takeAll(Next.RESCUE, 0)).isZero();
    }

    @Test
    void take_secondBySecond_oldRequestsAndReplaysAreForgotten() {
        requested(1000);
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE + 200);
        now += 9 * SECOND;
        assertThat(budget.take(Next.RESCUE, 20, now)).isFalse();
        requested(100);
        now += SECOND;
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE + 20);
        now += 1000 * SECOND;
        assertThat(takeAll(Next.RESCUE, 20)).isEqualTo(ReplayBudget.RESERVE);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void take_anyArrivals_neverMoreThanTheShareOfThoseSeconds(long seed) {
        Random random = new Random(seed);
        int percent = 1 + random.nextInt(100);
        long[] requests = new long[200];
        long[] taken = new long[200];
        for (int second = 0; second < 200; second++) {
            for (int i = random.nextInt(300); i > 0; i--) {
                budget.requested(now);
                requests[second]++;
                taken[second] += random.nextInt(3) > 0 && budget.take(Next.RESCUE, percent, now) ? 1 : 0;
            }
            now += SECOND;
        }
        for (int last = ReplayBudget.SECONDS; last < 200; last++) {
            long asked = 0;
            long replayed = 0;
            for (int i = last - ReplayBudget.SECONDS + 1; i <= last; i++) {
                asked += requests[i];
                replayed += taken[i];
            }
            assertThat(replayed).isLessThanOrEqualTo(ReplayBudget.RESERVE + 2 * asked * percent / 100 + 300);
        }
        assertThat(java.util.Arrays.stream(taken).sum())
                .isLessThanOrEqualTo(ReplayBudget.RESERVE * 20
                        + java.util.Arrays.stream(requests).sum() * percent / 50);
    }
}
