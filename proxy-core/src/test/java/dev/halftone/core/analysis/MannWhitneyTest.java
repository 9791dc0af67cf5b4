package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.ContinuityCorrection;
import org.apache.commons.statistics.inference.MannWhitneyUTest;
import org.apache.commons.statistics.inference.PValueMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MannWhitneyTest {
    @Test
    void of_smallSamples_givesTheFiguresOfTheTextbook() {
        MannWhitney test = MannWhitney.of(new double[] {3, 5, 9}, new double[] {1, 2, 5, 4});
        assertThat(test.u()).as("3 beats 2, 5 beats 3 and ties one, 9 beats 4").isEqualTo(9.5);
        assertThat(test.superiority()).isCloseTo(9.5 / 12, within(1e-15));
        assertThat(test.shift()).as("median of 12 differences").isEqualTo(2.5);
    }

    @Test
    void z_allValuesTheSame_isZero() {
        MannWhitney test = MannWhitney.of(new double[] {7, 7}, new double[] {7, 7, 7});
        assertThat(test.z()).isZero();
        assertThat(test.p()).isEqualTo(1);
    }

    @Test
    void lower_fewSamples_isUnbounded() {
        MannWhitney test = MannWhitney.of(new double[] {0}, new double[] {1, 2, 3, 4, 5});
        assertThat(test.lower(1.96)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(test.upper(1.96)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void of_noSamples_saysHowManyAreNeeded() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MannWhitney.of(new double[0], new double[] {1}))
                .withMessage("0 and 1 samples (expected: at least one each)");
    }

    /** Against another implementation of the test, and against all differences written out. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void of_anySamples_agreesWithTheReferenceAndWithAllDifferences(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            double[] first = sample(random, 1 + random.nextInt(40), round % 2 == 0);
            double[] second = sample(random, 1 + random.nextInt(40), round % 2 == 0);
            MannWhitney test = MannWhitney.of(first, second);
            MannWhitneyUTest.Result reference = MannWhitneyUTest.withDefaults()
                    .with(AlternativeHypothesis.TWO_SIDED)
                    .with(PValueMethod.ASYMPTOTIC)
                    .with(ContinuityCorrection.ENABLED)
                    .test(first, second);
            assertThat(test.u()).isEqualTo(reference.getStatistic());
            assertThat(test.p()).isCloseTo(reference.getPValue(), within(1e-9));
            double[] differences = differences(first, second);
            assertThat(test.shift()).isEqualTo(Spread.median(differences));
            if (test.lower(1.5) > Double.NEGATIVE_INFINITY) {
                double spread = Math.sqrt(differences.length * (first.length + second.length + 1) / 12.0);
                int rank = (int) Math.ceil(differences.length / 2.0 - 0.5 - 1.5 * spread);
                assertThat(test.lower(1.5)).isEqualTo(differences[rank - 1]);
                assertThat(test.upper(1.5)).isEqualTo(differences[differences.length - rank]);
            }
        }
    }

    private static double[] sample(Random random, int size, boolean tied) {
        return random.doubles(size)
                .map(value -> tied ? Math.floor(value * 5) - 2 : value * 100 - 30)
                .toArray();
    }

    private static double[] differences(double[] first, double[] second) {
        return Arrays.stream(first)
                .flatMap(one -> Arrays.stream(second).map(other -> one - other + 0.0))
                .sorted()
                .toArray();
    }
}
