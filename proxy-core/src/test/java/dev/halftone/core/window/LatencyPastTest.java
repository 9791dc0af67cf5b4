package dev.halftone.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.DoubleSupplier;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LatencyPastTest {
    private static final long SECOND = 1_000_000_000L;

    private final LatencyPast past = new LatencyPast(300 * SECOND);
    private final Random random = new Random(11);

    private LatencyCounts slice(int requests, DoubleSupplier millis) {
        long[] nanos = new long[requests];
        for (int i = 0; i < requests; i++) {
            nanos[i] = (long) (millis.getAsDouble() * 1e6);
        }
        return LatencyCounts.ofNanos(nanos);
    }

    private void add(int seconds, int requests, DoubleSupplier millis) {
        for (int i = 0; i < seconds; i++) {
            past.add(slice(requests, millis), SECOND);
        }
    }

    private double spread() {
        return 40 * Math.exp(0.5 * random.nextGaussian());
    }

    /** How much more lies above what a third of the requests exceeds if all is slower by a fifth. */
    private double slowerByAFifth() {
        return past.shareAbove(past.binAbove(1.0 / 3), 1.2);
    }

    @Test
    void add_allFourTimesSlowerAtOnce_shapeStaysAndThresholdsFollowInThatSlice() {
        add(300, 500, this::spread);
        double before = slowerByAFifth();
        int median = past.binAbove(0.5);
        assertThat(past.add(slice(500, this::spread), SECOND)).isFalse();
        assertThat(past.add(slice(500, () -> 4 * spread()), SECOND)).isTrue();
        assertThat((double) LatencyPast.edgeNanos(past.binAbove(0.5)) / LatencyPast.edgeNanos(median))
                .isBetween(3.0, 4.5);
        assertThat(slowerByAFifth()).isCloseTo(before, Offset.offset(0.02));
        add(60, 500, () -> 4 * spread());
        assertThat(slowerByAFifth()).isCloseTo(before, Offset.offset(0.02));
        past.add(slice(500, this::spread), SECOND);
        assertThat((double) LatencyPast.edgeNanos(past.binAbove(0.5)) / LatencyPast.edgeNanos(median))
                .isBetween(0.8, 1.3);
        assertThat(slowerByAFifth()).isCloseTo(before, Offset.offset(0.02));
    }

    @Test
    void add_fewRequestsFarOff_thresholdsStay() {
        add(300, 500, this::spread);
        int median = past.binAbove(0.5);
        past.add(slice(5, () -> 4 * spread()), SECOND);
        assertThat(past.binAbove(0.5)).isEqualTo(median);
    }

    @Test
    void add_twoSpeedsWhoseMiddleJumps_nothingMoves() {
        add(300, 500, () -> random.nextBoolean() ? spread() : 20 * spread());
        int quarter = past.binAbove(0.75);
        int threeQuarters = past.binAbove(0.25);
        for (int i = 0; i < 60; i++) {
            double quick = i % 2 == 0 ? 0.45 : 0.55;
            past.add(slice(500, () -> random.nextDouble() < quick ? spread() : 20 * spread()), SECOND);
        }
        assertThat(past.binAbove(0.75)).isCloseTo(quarter, Offset.offset(2));
        assertThat(past.binAbove(0.25)).isCloseTo(threeQuarters, Offset.offset(2));
    }

    @Test
    void add_slowerThanWhatIsCounted_isHeldAtTheLastBin() {
        add(10, 500, this::spread);
        double weight = past.weight();
        past.add(slice(500, () -> 7_200_000), SECOND);
        assertThat(past.weight()).isCloseTo(weight + 500, Offset.offset(weight / 100));
        past.add(slice(500, () -> 1e-5), SECOND);
        assertThat(past.weight()).isCloseTo(weight + 1000, Offset.offset(weight / 50));
        assertThat(past.shareAbove(past.binAbove(0.5), 1)).isBetween(0.0, 1.0);
    }
}
