package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * How large a version's {@link Wander} is on this service: the standard deviation of a walk of the log slowdown, read from how badly
 * each of a few sizes foretells the next slice (a posterior over sizes). It begins from what is usual, looks three minutes back so
 * that a regression does not excuse itself, and forgets within some eighty minutes. One thread.
 */
final class WanderSize {
    private static final double[] SIZES = {0.015, 0.025, 0.04, 0.06, 0.09, 0.14};
    private static final double USUAL = 0.025;
    /** Of the logarithm of the size. */
    private static final double SPREAD = 0.8;

    private static final int LAG_SLICES = 180;
    private static final double KEPT_SECONDS = 5000;
    /** A pause of a machine is no walk: no slice says more than three standard deviations do. */
    private static final double MOST_SQUARED = 10;

    private final double memorySeconds;
    private final double[] usual = new double[SIZES.length];
    private final double[] strayed = new double[SIZES.length];
    private final double[] variance = new double[SIZES.length];
    private final double[] logLikelihood = new double[SIZES.length];
    private final double[][] lagged = new double[LAG_SLICES][SIZES.length];
    private final double[] posterior = new double[SIZES.length];
    private int slices;
    private double squared;

    /** @param memorySeconds in which a walk loses two thirds of where it was */
    WanderSize(double memorySeconds) {
        this.memorySeconds = memorySeconds;
        for (int i = 0; i < SIZES.length; i++) {
            double away = Math.log(SIZES[i] / USUAL) / SPREAD;
            usual[i] = -away * away / 2;
            variance[i] = SIZES[i] * SIZES[i];
        }
        weigh();
    }

    /** Its square: the variance of the log slowdown. */
    double squared() {
        return squared;
    }

    /**
     * Takes the next slice.
     *
     * @param slowdown the log slowdown it shows
     * @param precision of that, the reciprocal of its variance by chance; 0 where it shows nothing
     */
    void add(double seconds, double slowdown, double precision) {
        double[] slice = lagged[slices % LAG_SLICES];
        slices++;
        double forgotten = Math.exp(-seconds / KEPT_SECONDS);
        for (int i = 0; i < SIZES.length; i++) {
            logLikelihood[i] = logLikelihood[i] * forgotten + slice[i];
        }
        Arrays.fill(slice, 0);
        double kept = Math.exp(-seconds / memorySeconds);
        for (int i = 0; i < SIZES.length; i++) {
            if (precision > 0) {
                double expected = 1 / precision + variance[i];
                double miss = slowdown - strayed[i];
                slice[i] = -Math.log(expected * precision) / 2 - Math.min(MOST_SQUARED, miss * miss / expected) / 2;
                double gain = variance[i] / expected;
                strayed[i] += gain * miss;
                variance[i] *= 1 - gain;
            }
            strayed[i] *= kept;
            variance[i] = variance[i] * kept * kept + SIZES[i] * SIZES[i] * (1 - kept * kept);
        }
        weigh();
    }

    private void weigh() {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < SIZES.length; i++) {
            posterior[i] = usual[i] + logLikelihood[i];
            most = Math.max(most, posterior[i]);
        }
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < SIZES.length; i++) {
            double weight = Math.exp(posterior[i] - most);
            sum += weight;
            squares += weight * SIZES[i] * SIZES[i];
        }
        squared = squares / sum;
    }
}
