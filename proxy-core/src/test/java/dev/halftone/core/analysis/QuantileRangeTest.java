package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.window.LatencyCounts;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantileRangeTest {
    private static final double MEAN_NANOS = 50e6;

    /** Latencies of which the quantile {@code q} is {@code -ln(1 - q)} times the mean. */
    private static LatencyCounts latencies(Random random, int count) {
        return LatencyCounts.ofNanos(random.doubles(count)
                .mapToLong(share -> (long) (-Math.log(1 - share) * MEAN_NANOS))
                .toArray());
    }

    private static double covered(double q, int count) {
        Random random = new Random(2026);
        double truth = -Math.log(1 - q) * MEAN_NANOS / 1e6;
        int hits = 0;
        for (int i = 0; i < 400; i++) {
            QuantileRange range = Objects.requireNonNull(QuantileRange.of(latencies(random, count), q));
            Double high = range.highMillis();
            hits += range.lowMillis() <= truth && (high == null || truth <= high) ? 1 : 0;
        }
        return hits / 400.0;
    }

    @Test
    void of_exponentialLatencies_holdsTheTruthAsOftenAsItSays() {
        assertThat(covered(0.5, 200)).isBetween(0.92, 0.99);
        assertThat(covered(0.99, 600)).isBetween(0.92, 0.99);
    }

    @Test
    void of_fewLatencies_setNoUpperEnd() {
        LatencyCounts few = latencies(new Random(1), 300);
        assertThat(Objects.requireNonNull(QuantileRange.of(few, 0.99)).highMillis())
                .isNull();
        assertThat(Objects.requireNonNull(QuantileRange.of(few, 0.5)).highMillis())
                .isNotNull();
    }

    @Test
    void of_none_isNone() {
        assertThat(QuantileRange.of(LatencyCounts.EMPTY, 0.5)).isNull();
    }
}
