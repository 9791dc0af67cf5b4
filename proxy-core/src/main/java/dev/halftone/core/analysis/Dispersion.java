package dev.halftone.core.analysis;

/**
 * How much more a count scatters than chance alone would have it: from the differences of neighbouring ten-second blocks, whose
 * squares are held against the variance that chance gives. It starts from a prior, looks five minutes back so that a regression
 * does not excuse itself, and forgets within some eighty minutes. One thread.
 */
final class Dispersion {
    private static final double BLOCK_SECONDS = 10;
    private static final int LAG = 30;
    private static final double KEPT = 0.998;
    private static final double MOST = 6;

    private final double priorWeight;
    private final double[] laggedSquares = new double[LAG];
    private final double[] laggedVariances = new double[LAG];
    private int blocks;
    private double seconds;
    private double residual;
    private double variance;
    private double previousResidual;
    private double previousVariance;
    private double squares;
    private double variances;
    private double prior;

    /**
     * @param prior overdispersion to begin with, at least 1
     * @param priorWeight what it weighs, in units of variance
     */
    Dispersion(double prior, double priorWeight) {
        this.prior = prior;
        this.priorWeight = priorWeight;
    }

    /** What one slice had beyond what was expected, and the variance of that by chance. */
    void add(double newResidual, double newVariance, double newSeconds) {
        residual += newResidual;
        variance += newVariance;
        seconds += newSeconds;
        if (seconds < BLOCK_SECONDS - 0.5) {
            return;
        }
        int at = blocks % LAG;
        if (blocks >= LAG) {
            squares = squares * KEPT + laggedSquares[at];
            variances = variances * KEPT + laggedVariances[at];
        }
        boolean paired = blocks > 0;
        double difference = residual - previousResidual;
        laggedSquares[at] = paired ? difference * difference / 2 : 0;
        laggedVariances[at] = paired ? (variance + previousVariance) / 2 : 0;
        previousResidual = residual;
        previousVariance = variance;
        residual = 0;
        variance = 0;
        seconds = 0;
        blocks++;
    }

    /** 1 for what chance gives; between 1 and {@value #MOST}. */
    double factor() {
        double seen = (squares + prior * priorWeight) / (variances + priorWeight);
        return Math.max(1, Math.min(MOST, seen));
    }
}
