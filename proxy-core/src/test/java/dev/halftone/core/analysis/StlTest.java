package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StlTest {
    private static final int MONTHS = 12;

    /** Columns value, season, trend, weight as another implementation found them. */
    private static double[][] reference(String name) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(StlTest.class.getResourceAsStream("/stl/" + name), name),
                StandardCharsets.UTF_8))) {
            double[][] rows = reader.lines()
                    .skip(1)
                    .map(line -> Arrays.stream(line.split(",", -1))
                            .mapToDouble(Double::parseDouble)
                            .toArray())
                    .toArray(double[][]::new);
            return IntStream.range(0, 4)
                    .mapToObj(column ->
                            Arrays.stream(rows).mapToDouble(row -> row[column]).toArray())
                    .toArray(double[][]::new);
        }
    }

    private static void assertAgrees(Stl stl, String name) throws IOException {
        double[][] expected = reference(name);
        Stl.Parts parts = stl.decompose(expected[0]);
        assertThat(parts.season()).as("season").containsExactly(expected[1], within(1e-6));
        assertThat(parts.trend()).as("trend").containsExactly(expected[2], within(1e-6));
        assertThat(parts.weights()).as("weights").containsExactly(expected[3], within(1e-6));
    }

    private static Loess line(int window) {
        return new Loess(window, 1, 1);
    }

    @Test
    void decompose_nottem_isTheReferences() throws IOException {
        assertAgrees(new Stl(MONTHS, new Loess(7, 0, 1), line(23), line(13), 2, 0), "nottem.csv");
    }

    @Test
    void decompose_robust_isTheReferences() throws IOException {
        assertAgrees(new Stl(MONTHS, line(7), line(23), line(13), 1, 15), "nottem-robust.csv");
    }

    @Test
    void decompose_withJumps_isTheReferences() throws IOException {
        assertAgrees(
                new Stl(MONTHS, new Loess(9, 0, 1), new Loess(23, 1, 3), new Loess(13, 1, 2), 2, 3),
                "nottem-jumps.csv");
    }

    @Test
    void decompose_periodicWithAWildValue_isTheReferences() throws IOException {
        assertAgrees(new Stl(MONTHS, null, line(19), line(13), 1, 5), "co2-periodic.csv");
        double[] weights = reference("co2-periodic.csv")[3];
        assertThat(weights[99]).as("the wild value counts for nothing").isZero();
    }

    @Test
    void decompose_lessThanTwoPeriods_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Stl(MONTHS, null, line(19), line(13), 1, 0).decompose(new double[23]))
                .withMessage("23 values (expected: two periods of 12)");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void decompose_lineAndFixedSeason_isTakenApartWhateverTheLevel(long seed) {
        Random random = new Random(seed);
        int period = 4 + random.nextInt(20);
        double[] season = random.doubles(period, -10, 10).toArray();
        double mean = Arrays.stream(season).average().orElse(0);
        double slope = random.nextDouble() - 0.5;
        double[] values = IntStream.range(0, period * 6)
                .mapToDouble(i -> 100 + slope * i + season[i % period] - mean)
                .toArray();
        Stl.Parts parts = new Stl(period, line(7), line(2 * period + 1), line(period + 1), 2, 1).decompose(values);
        for (int i = 0; i < values.length; i++) {
            assertThat(parts.season()[i]).isCloseTo(season[i % period] - mean, within(1e-6));
            assertThat(parts.trend()[i]).isCloseTo(100 + slope * i, within(1e-6));
        }
    }
}
