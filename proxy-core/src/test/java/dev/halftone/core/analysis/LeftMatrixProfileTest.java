package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeftMatrixProfileTest {
    private static final int HISTORY = 120;
    private static final int LONGEST = 16;

    @Test
    void nearest_repetition_isZeroAndSomethingNewIsNot() {
        RecentSeries series = new RecentSeries(HISTORY + LONGEST + 1);
        LeftMatrixProfile profile = new LeftMatrixProfile(series, HISTORY, 4);
        for (int i = 0; i < 200; i++) {
            series.add(i % 10);
            profile.advance();
        }
        assertThat(profile.nearest(0)).isCloseTo(0, within(1e-6));
        series.add(5);
        profile.advance();
        assertThat(profile.nearest(0)).as("7 8 9 5 is nearest to 6 7 8 9").isCloseTo(Math.sqrt(19 / 4.0), within(1e-6));
    }

    @Test
    void nearest_beforeThereIsAScale_isNone() {
        RecentSeries series = new RecentSeries(HISTORY + LONGEST + 1);
        LeftMatrixProfile profile = new LeftMatrixProfile(series, HISTORY, 4);
        series.add(1);
        profile.advance();
        assertThat(profile.nearest(0)).isNaN();
    }

    /** Against all distances written out, past the moves of the memory and with a wild value now and then. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nearest_anySeries_isTheLeastOfAllDistances(long seed) {
        Random random = new Random(seed);
        int[] lengths = {1, 2, 7, LONGEST};
        double[] values = random.doubles(1000)
                .map(value -> random.nextInt(50) == 0 ? value * 1000 : value)
                .toArray();
        RecentSeries series = new RecentSeries(HISTORY + LONGEST + 1);
        LeftMatrixProfile profile = new LeftMatrixProfile(series, HISTORY, lengths);
        for (int t = 0; t < values.length; t++) {
            series.add(values[t]);
            profile.advance();
            for (int k = 0; k < lengths.length && t >= LeftMatrixProfile.WARM_UP; k++) {
                assertThat(profile.nearest(k))
                        .as("length %d at %d", lengths[k], t)
                        .isCloseTo(nearest(values, t, lengths[k]), within(1e-4));
            }
        }
    }

    private static double nearest(double[] values, int newest, int length) {
        double least = Double.NaN;
        for (int lag = length; lag <= Math.min(HISTORY, newest + 1 - length); lag++) {
            double sum = 0;
            for (int i = newest; i > newest - length; i--) {
                sum += (values[i] - values[i - lag]) * (values[i] - values[i - lag]);
            }
            double distance = Math.sqrt(sum / length);
            least = Double.isNaN(least) ? distance : Math.min(least, distance);
        }
        return least;
    }
}
