package dev.halftone.core.analysis;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Locally weighted regression over evenly spaced values (Cleveland 1979) with tricube weights, as Cleveland, Cleveland,
 * McRae and Terpenning (1990, section 2) use it. O(window) for each fitted place.
 *
 * @param window how many neighbours a place has, at least 2; more than there are values widens the weights
 * @param degree 0: locally constant, 1: locally linear
 * @param jump fitted are every so many places, those between by straight lines; 1: all
 */
record Loess(int window, int degree, int jump) {

    Loess {
        if (window < 2 || degree < 0 || degree > 1 || jump < 1) {
            throw new IllegalArgumentException("window " + window + ", degree " + degree + ", jump " + jump
                    + " (expected: at least 2, 0 or 1, at least 1)");
        }
    }

    /**
     * The smoothed values at all places.
     *
     * @param robustness a further weight for each value, or null for none
     */
    double[] smooth(double[] values, double @Nullable [] robustness) {
        int n = values.length;
        double[] smoothed = new double[n];
        if (n < 2) {
            return values.clone();
        }
        int step = Math.min(jump, n - 1);
        int from = 0;
        for (int place = 0; place < n; place += step) {
            from = firstNeighbour(place, n);
            smoothed[place] = orValue(fit(values, robustness, place, from), values[place]);
            interpolate(smoothed, place - step, place);
        }
        int last = (n - 1) / step * step;
        if (last != n - 1) {
            smoothed[n - 1] = orValue(fit(values, robustness, n - 1, from), values[n - 1]);
            interpolate(smoothed, last, n - 1);
        }
        return smoothed;
    }

    /** The fit one place before the first value or one after the last, or anywhere between. */
    double at(double[] values, double @Nullable [] robustness, int place) {
        int nearest = Math.max(0, Math.min(values.length - 1, place));
        return orValue(fit(values, robustness, place, firstNeighbour(nearest, values.length)), values[nearest]);
    }

    private int firstNeighbour(int place, int n) {
        return Math.max(0, Math.min(n - window, place - (window - 1) / 2));
    }

    private static double orValue(double fitted, double value) {
        return Double.isNaN(fitted) ? value : fitted;
    }

    private static void interpolate(double[] smoothed, int from, int to) {
        for (int i = Math.max(0, from) + 1; i < to; i++) {
            smoothed[i] = smoothed[from] + (smoothed[to] - smoothed[from]) * (i - from) / (to - from);
        }
    }

    /** NaN if all weights are 0. */
    private double fit(double[] values, double @Nullable [] robustness, int place, int from) {
        int n = values.length;
        int to = Math.min(n, from + window);
        double reach = Math.max(place - from, to - 1 - place);
        if (window > n) {
            int halfOfMissing = (window - n) / 2;
            reach += halfOfMissing;
        }
        double[] weights = new double[to - from];
        double sum = 0;
        for (int i = from; i < to; i++) {
            double weight = tricube(Math.abs(i - place), reach);
            weights[i - from] = robustness == null ? weight : weight * robustness[i];
            sum += weights[i - from];
        }
        if (sum <= 0) {
            return Double.NaN;
        }
        return weighted(values, from, weights, sum, tilt(weights, sum, from, place, n));
    }

    /** Flat on the innermost thousandth, nothing on the outermost: keeps the ends clear of rounding. */
    private static double tricube(double distance, double reach) {
        if (distance > 0.999 * reach) {
            return 0;
        }
        if (distance <= 0.001 * reach) {
            return 1;
        }
        double share = distance / reach;
        double rest = 1 - share * share * share;
        return rest * rest * rest;
    }

    /** Where the weights' centre lies, and how much a value's weight grows with its distance from there. */
    private double[] tilt(double[] weights, double sum, int from, int place, int n) {
        if (degree == 0) {
            return new double[2];
        }
        double centre = 0;
        for (int i = 0; i < weights.length; i++) {
            centre += weights[i] / sum * (from + i);
        }
        double spread = 0;
        for (int i = 0; i < weights.length; i++) {
            double distance = from + i - centre;
            spread += weights[i] / sum * distance * distance;
        }
        // Nearly all weight on one place: no line is to be had.
        boolean isLine = Math.sqrt(spread) > 0.001 * (n - 1);
        return new double[] {centre, isLine ? (place - centre) / spread : 0};
    }

    private static double weighted(double[] values, int from, double[] weights, double sum, double[] tilt) {
        double fitted = 0;
        for (int i = 0; i < weights.length; i++) {
            fitted += weights[i] / sum * (1 + tilt[1] * (from + i - tilt[0])) * values[from + i];
        }
        return fitted;
    }

    /** A moving average; shorter by length − 1. */
    static double[] movingAverage(double[] values, int length) {
        double[] averages = new double[values.length - length + 1];
        double sum = Arrays.stream(values, 0, length).sum();
        averages[0] = sum / length;
        for (int i = 1; i < averages.length; i++) {
            sum += values[i + length - 1] - values[i - 1];
            averages[i] = sum / length;
        }
        return averages;
    }
}
