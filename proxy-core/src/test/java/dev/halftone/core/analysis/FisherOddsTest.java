package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FisherOddsTest {
    private static double logChoose(long n, long k) {
        double log = 0;
        for (long i = 1; i <= k; i++) {
            log += Math.log((double) (n - k + i) / i);
        }
        return log;
    }

    /** Term by term over all x. */
    private static double[] weights(int canary, int stable, int events, double odds) {
        double[] weights = new double[Math.min(canary, events) + 1];
        for (int x = Math.max(0, events - stable); x < weights.length; x++) {
            weights[x] = Math.exp(logChoose(canary, x) + logChoose(stable, events - x) + x * Math.log(odds));
        }
        return weights;
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    @Test
    void logSum_anyTable_agreesWithTheSumTermByTerm() {
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            int canary = 1 + random.nextInt(40);
            int stable = 1 + random.nextInt(200);
            int events = 1 + random.nextInt(canary + stable - 1);
            double odds = Math.exp(random.nextDouble() * 8 - 3);
            double tolerated = Math.exp(random.nextDouble() - 0.5);
            double expected = Math.log(sum(weights(canary, stable, events, odds)))
                    - Math.log(sum(weights(canary, stable, events, tolerated)));
            double found = FisherOdds.logSum(canary, stable, events, odds)
                    - FisherOdds.logSum(canary, stable, events, tolerated);
            assertThat(found).isCloseTo(expected, within(1e-8));
        }
    }

    @Test
    void logSum_largeTable_derivativeIsTheMean() {
        double step = 1e-4;
        double found = (FisherOdds.logSum(50_000, 900_000, 9_500, 1 + step)
                        - FisherOdds.logSum(50_000, 900_000, 9_500, 1 - step))
                / (Math.log(1 + step) - Math.log(1 - step));
        assertThat(found).isCloseTo(FisherOdds.meanIfAlike(50_000, 900_000, 9_500), within(1e-3));
    }

    /** What the whole guarantee rests on: at the tolerated odds the likelihood ratio has mean 1, below them less. */
    @Test
    void likelihoodRatio_atAndBelowTheToleratedOdds_meanAtMostOne() {
        Random random = new Random(2);
        for (int i = 0; i < 500; i++) {
            int canary = 1 + random.nextInt(20);
            int stable = 1 + random.nextInt(60);
            int events = 1 + random.nextInt(canary + stable - 1);
            double tolerated = 1 + random.nextDouble();
            double theta = 1 + 10 * random.nextDouble();
            double ratio = FisherOdds.logSum(canary, stable, events, tolerated)
                    - FisherOdds.logSum(canary, stable, events, tolerated * theta);
            for (double truth : new double[] {tolerated, 1, 0.3}) {
                double[] weights = weights(canary, stable, events, truth);
                double mean = 0;
                for (int x = 0; x < weights.length; x++) {
                    mean += weights[x] / sum(weights) * Math.exp(x * Math.log(theta) + ratio);
                }
                assertThat(mean).isLessThanOrEqualTo(1 + 1e-9);
                if (truth == tolerated) {
                    assertThat(mean).isCloseTo(1, within(1e-9));
                }
            }
        }
    }
}
