package dev.halftone.core.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.experiment.FindingSeries.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parts of a finding, by hand. */
class IntervalTest {
    @Test
    void goalMean_byHand_isTheRatioAndItsSpreadBetweenCells() {
        GoalMean mean = GoalMean.of(new long[] {10, 0, 20, 10}, new long[] {1, 0, 6, 3});
        assertThat(mean.trials()).isEqualTo(40);
        assertThat(mean.hits()).isEqualTo(10);
        assertThat(mean.mean()).isEqualTo(0.25);
        assertThat(mean.cells()).isEqualTo(3);
        // Residuals 1 - 2.5, 6 - 5, 3 - 2.5; times 3/2, over 40 squared.
        assertThat(mean.variance()).isCloseTo((2.25 + 1 + 0.25) * 1.5 / 1600, within(1e-15));
        assertThat(mean.logVariance()).isCloseTo(mean.variance() / 0.0625, within(1e-15));
    }

    @Test
    void goalMean_oneCell_hasNoVariance() {
        assertThat(GoalMean.of(new long[] {5, 0}, new long[] {1, 0}).variance()).isNaN();
        assertThat(GoalMean.of(new long[] {0, 0}, new long[] {0, 0}).mean()).isNaN();
    }

    /** Inside, the likelihood ratio of the mixture against the value in question is below 1/α; on the border it is 1/α. */
    @Test
    void halfWidth_onTheBorder_mixtureIsTwentyTimesAsLikely() {
        double variance = 0.0004;
        double half = ConfidenceSequence.halfWidth(variance, 0.05);
        double rho = 1 / (ConfidenceSequence.TAU * ConfidenceSequence.TAU);
        double information = 1 / variance;
        double ratio = Math.sqrt(rho / (rho + information))
                * Math.exp(information * information * half * half / (2 * (rho + information)));
        assertThat(ratio).isCloseTo(20, within(1e-9));
        assertThat(half).isBetween(2.5 * 0.02, 4 * 0.02);
        assertThat(ConfidenceSequence.halfWidth(variance, 0.01)).isGreaterThan(half);
        assertThat(ConfidenceSequence.halfWidth(variance / 4, 0.05)).isLessThan(half);
    }

    private static ExperimentSpec spec(
            @org.jspecify.annotations.Nullable Duration duration, @org.jspecify.annotations.Nullable Instant until) {
        return new ExperimentSpec(
                List.of(new Arm("a", 0.5), new Arm("b", 0.5)),
                "click",
                Direction.UP,
                0.95,
                100,
                Duration.ZERO,
                false,
                duration,
                until);
    }

    @Test
    void endMillis_theEarlierCounts() {
        assertThat(spec(null, null).endMillis(5)).isEqualTo(Long.MAX_VALUE);
        assertThat(spec(Duration.ofSeconds(1), null).endMillis(5)).isEqualTo(1005);
        assertThat(spec(Duration.ofSeconds(1), Instant.ofEpochMilli(900)).endMillis(5))
                .isEqualTo(900);
        assertThat(spec(Duration.ofSeconds(1), Instant.ofEpochMilli(9000)).endMillis(5))
                .isEqualTo(1005);
    }

    @Test
    void series_longTest_keepsTheWholeOfItInFewMoments() {
        FindingSeries series = new FindingSeries(List.of());
        Finding finding = new Finding(0, List.of(), 1, null);
        long days = 14L * 86_400;
        for (long second = 0; second <= days; second++) {
            series.add(second * 1000, finding);
        }
        List<Moment> moments = series.moments();
        assertThat(moments.size()).isBetween(FindingSeries.MOST / 3, FindingSeries.MOST);
        assertThat(moments.get(0).atMillis()).isZero();
        long longest = 0;
        for (int i = 1; i < moments.size(); i++) {
            longest = Math.max(
                    longest, moments.get(i).atMillis() - moments.get(i - 1).atMillis());
        }
        assertThat(longest).as("milliseconds between two moments").isLessThanOrEqualTo(days * 1000 / 100);
        assertThat(days * 1000 - moments.get(moments.size() - 1).atMillis()).isLessThan(longest + 1);
    }

    @Test
    void series_restored_goesOnAtItsSpacing() {
        Finding finding = new Finding(0, List.of(), 1, null);
        FindingSeries series = new FindingSeries(List.of(new Moment(0, finding), new Moment(1_000_000, finding)));
        series.add(1_001_000, finding);
        assertThat(series.moments()).hasSize(2);
        series.add(1_005_000, finding);
        assertThat(series.moments()).hasSize(3);
    }
}
