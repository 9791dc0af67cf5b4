package dev.halftone.core.analysis;

import java.util.Arrays;

/** Centre and spread that a few wild values do not move. */
final class Spread {
    /** A normal variable's standard deviation over its median absolute deviation. */
    private static final double NORMAL = 1.4826;

    private Spread() {}

    /** The mean of the middle two of an even number; NaN of none. */
    static double median(double[] values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Median absolute deviation from a centre, scaled to a standard deviation of normal noise. */
    static double deviation(double[] values, double centre) {
        double[] distances = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            distances[i] = Math.abs(values[i] - centre);
        }
        return NORMAL * median(distances);
    }
}
