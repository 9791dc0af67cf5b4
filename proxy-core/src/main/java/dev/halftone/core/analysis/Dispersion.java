package dev.halftone.core.analysis;

/**
 * How much more a count scatters than chance alone would have it: from the differences of neighbouring blocks of time, whose
 * squares are held against the variance that chance gives. It starts from a prior, looks five minutes back so that a regression
 * does not excuse itself, and forgets within some eighty minutes. One thread.
 */
final class Dispersion {
    private static final double LAG_SECONDS = 300;
    private static final double KEPT_SECONDS = 5000;
    private static final double MOST = 6;

    private final double priorWeight;
    private final double prior;
    private final double blockSeconds;
    private final double kept;
    private final double[] laggedSquares;
    private final double[] laggedVariances;
    private int blocks;
    private double seconds;
    private double residual;
    private double variance;
    private double previousResidual;
    private double previousVariance;
    private double squares;
    private double variances;

    /**
     * @param prior overdispersion to begin with, at least 1
     * @param priorWeight what it weighs, in units of variance
     * @param blockSeconds length of a block: what is alike over some time shows only over as long a block, 1..300
     */
    Dispersion(double prior, double priorWeight, double blockSeconds) {
        this.prior = prior;
        this.priorWeight = priorWeight;
        this.blockSeconds = blockSeconds;
        kept = Math.exp(-blockSeconds / KEPT_SECONDS);
        int lag = (int) Math.round(LAG_SECONDS / blockSeconds);
        laggedSquares = new double[lag];
        laggedVariances = new double[lag];
    }

    /** What one slice had beyond what was expected, and the variance of that by chance. */
    void add(double newResidual, double newVariance, double newSeconds) {
        residual += newResidual;
        variance += newVariance;
        seconds += newSeconds;
        if (seconds < blockSeconds - 0.5) {
            return;
        }
        int at = blocks % laggedSquares.length;
        if (blocks >= laggedSquares.length) {
            squares = squares * kept + laggedSquares[at];
            variances = variances * kept + laggedVariances[at];
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
