package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.ReleaseHistory.Span;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.VersionSlice;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReleaseHistoryTest {
    private static final long SLICE_NANOS = 1_000_000_000L;

    private final ReleaseHistory history = new ReleaseHistory();

    private void add(int requests, int errors, int stableRequests, int stableErrors) {
        history.add(new RouteSlice(
                0,
                0,
                SLICE_NANOS,
                new VersionSlice(stableRequests, stableErrors, 0, LatencyCounts.EMPTY),
                new VersionSlice(requests, errors, 0, LatencyCounts.EMPTY)));
    }

    private static int some(Random random, int trials, double share) {
        int hits = 0;
        for (int i = 0; i < trials; i++) {
            hits += random.nextDouble() < share ? 1 : 0;
        }
        return hits;
    }

    @Test
    void add_aDay_losesNothingAndStaysSmall() {
        for (int i = 0; i < 86_400; i++) {
            add(10, i % 100 == 0 ? 1 : 0, 90, 1);
        }

        assertThat(history.all()).isEqualTo(new Span(86_400 * SLICE_NANOS, 864_000, 864, 7_776_000, 86_400));
        assertThat(history.spans()).isLessThanOrEqualTo(420);
    }

    @Test
    void newest_anyAge_isMetWithinTwoThirtySeconds() {
        for (int i = 0; i < 10_000; i++) {
            add(1, 0, 1, 0);
        }

        for (long age = 1; age <= 10_000; age = age * 5 / 4 + 1) {
            long found = history.newest(age * SLICE_NANOS).requests();
            assertThat(found).isBetween(age, age + age * 2 / ReleaseHistory.KEPT + 1);
        }
    }

    @Test
    void worse_noErrors_isNone() {
        add(100, 0, 100, 0);

        assertThat(history.worse()).isNull();
    }

    /** Property, over seeds: a canary that begins to fail more is dated within a third of the time since, most times. */
    @Test
    void worse_manySeeds_findsTheBeginning() {
        int right = 0;
        int runs = 200;
        for (int seed = 0; seed < runs; seed++) {
            Random random = new Random(seed);
            ReleaseHistory one = new ReleaseHistory();
            int before = 100 + random.nextInt(2000);
            int after = 20 + random.nextInt(200);
            for (int i = 0; i < before + after; i++) {
                one.add(new RouteSlice(
                        0,
                        0,
                        SLICE_NANOS,
                        new VersionSlice(90, some(random, 90, 0.01), 0, LatencyCounts.EMPTY),
                        new VersionSlice(10, some(random, 10, i < before ? 0.01 : 0.2), 0, LatencyCounts.EMPTY)));
            }
            long found = Objects.requireNonNull(one.worse()).span().nanos() / SLICE_NANOS;
            right += Math.abs(found - after) <= Math.max(3, after / 3) ? 1 : 0;
        }

        assertThat(right).isGreaterThanOrEqualTo(runs * 95 / 100);
    }
}
