package dev.halftone.core.analysis;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Seasonal-trend decomposition by loess: R. B. Cleveland, W. S. Cleveland, J. E. McRae and I. Terpenning, "STL: A
 * Seasonal-Trend Decomposition Procedure Based on Loess", Journal of Official Statistics 6 (1990). The inner loop takes the
 * trend away, smooths each cycle-subseries, takes a low-pass of that away and smooths what is left without season for the next
 * trend; the outer loop gives values with large remainders a bisquare weight below 1.
 *
 * @param period values in one cycle, at least 2
 * @param seasonal smoother of the cycle-subseries; null: each place of the cycle has one value throughout (periodic)
 * @param inner passes of the inner loop, at least 1
 * @param outer robustness iterations, 0 for none
 */
record Stl(int period, @Nullable Loess seasonal, Loess trend, Loess lowPass, int inner, int outer) {

    /** What the values consist of; the remainder is what season and trend leave. The arrays are the caller's. */
    static final class Parts {
        private final double[] season;
        private final double[] trend;
        private final double[] weights;

        private Parts(double[] season, double[] trend, double[] weights) {
            this.season = season;
            this.trend = trend;
            this.weights = weights;
        }

        double[] season() {
            return season;
        }

        double[] trend() {
            return trend;
        }

        /** Robustness of the last pass, 0..1. */
        double[] weights() {
            return weights;
        }
    }

    Stl {
        if (period < 2 || inner < 1 || outer < 0) {
            throw new IllegalArgumentException("period " + period + ", inner " + inner + ", outer " + outer
                    + " (expected: at least 2, at least 1, at least 0)");
        }
    }

    /** @param values finite, at least two periods */
    Parts decompose(double[] values) {
        int n = values.length;
        if (n < 2 * period) {
            throw new IllegalArgumentException(n + " values (expected: two periods of " + period + ")");
        }
        Loess cycles = seasonal == null ? new Loess(10 * n + 1, 0, 1) : seasonal;
        double[] weights = new double[n];
        Arrays.fill(weights, 1);
        Parts parts = new Parts(new double[n], new double[n], weights);
        for (int pass = 0; pass <= outer; pass++) {
            parts = innerLoop(values, parts.trend(), pass == 0 ? null : weights, cycles);
            if (pass < outer) {
                weights = bisquare(values, parts);
            }
        }
        double[] season = seasonal == null ? periodic(parts.season()) : parts.season();
        return new Parts(season, parts.trend(), weights);
    }

    private Parts innerLoop(double[] values, double[] firstTrend, double @Nullable [] weights, Loess cycles) {
        double[] level = firstTrend;
        double[] season = new double[values.length];
        for (int i = 0; i < inner; i++) {
            double[] extended = smoothCycles(minus(values, level), weights, cycles);
            double[] low = Loess.movingAverage(extended, period);
            low = Loess.movingAverage(low, period);
            low = Loess.movingAverage(low, 3);
            low = lowPass.smooth(low, null);
            season = minus(Arrays.copyOfRange(extended, period, period + values.length), low);
            level = trend.smooth(minus(values, season), weights);
        }
        return new Parts(season, level, new double[0]);
    }

    /** Each cycle-subseries smoothed and continued by one place at either end: a whole period more on both sides. */
    private double[] smoothCycles(double[] values, double @Nullable [] weights, Loess cycles) {
        double[] extended = new double[values.length + 2 * period];
        for (int place = 0; place < period; place++) {
            double[] own = everyPeriod(values, place);
            double[] ownWeights = weights == null ? null : everyPeriod(weights, place);
            double[] smooth = cycles.smooth(own, ownWeights);
            extended[place] = cycles.at(own, ownWeights, -1);
            for (int i = 0; i < smooth.length; i++) {
                extended[place + (i + 1) * period] = smooth[i];
            }
            extended[place + (smooth.length + 1) * period] = cycles.at(own, ownWeights, own.length);
        }
        return extended;
    }

    private double[] everyPeriod(double[] values, int place) {
        double[] own = new double[(values.length - place - 1) / period + 1];
        for (int i = 0; i < own.length; i++) {
            own[i] = values[place + i * period];
        }
        return own;
    }

    private static double[] bisquare(double[] values, Parts parts) {
        double[] distances = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            distances[i] = Math.abs(values[i] - parts.season()[i] - parts.trend()[i]);
        }
        double reach = 6 * Spread.median(distances);
        double[] weights = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double share = distances[i] / reach;
            weights[i] =
                    distances[i] <= 0.001 * reach ? 1 : share > 0.999 ? 0 : (1 - share * share) * (1 - share * share);
        }
        return weights;
    }

    private double[] periodic(double[] season) {
        double[] same = new double[season.length];
        for (int place = 0; place < period; place++) {
            double mean = Arrays.stream(everyPeriod(season, place)).average().orElse(0);
            for (int i = place; i < same.length; i += period) {
                same[i] = mean;
            }
        }
        return same;
    }

    private static double[] minus(double[] values, double[] others) {
        double[] rest = new double[values.length];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = values[i] - others[i];
        }
        return rest;
    }
}
