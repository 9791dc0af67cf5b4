package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * How far the newest subsequence of a series is from the most similar one of its past: the left matrix profile (Yeh et al.
 * 2016) with plain distances, for several lengths at once, kept up to date as the series grows.
 *
 * <p>For each length and each lag L the squared distance of the newest subsequence to the one L values earlier changes by one
 * term that comes and one that goes; so a value costs O(history) for each length, in fixed memory. Terms are cut at a ceiling in
 * units of the series' own spread: otherwise one wild value would leave its rounding error in every sum. Centre and unit are
 * measured again each time the series has grown by half, and all sums anew with them. Strictly past values only. One thread.
 */
final class LeftMatrixProfile {
    /** Values before a scale is known. */
    static final int WARM_UP = 32;

    private static final double CEILING = 1e8;

    /** In units; keeps sums finite. */
    private static final double FARTHEST = 1e15;

    private final int[] lengths;
    private final int history;
    private final RecentSeries series;
    private final double[] scaled;
    private final double[][] sums;
    private final double[] coming;
    private final double[] nearest;
    private double centre;
    private double unit;
    private long nextScale = WARM_UP;

    /**
     * @param series gets each value before this does; holds history and the longest length
     * @param history how many lags are looked back
     */
    LeftMatrixProfile(RecentSeries series, int history, int... lengths) {
        this.series = series;
        this.lengths = lengths.clone();
        this.history = history;
        scaled = new double[series.capacity()];
        sums = new double[lengths.length][history];
        coming = new double[history];
        nearest = new double[lengths.length];
    }

    /** Follows the series by its newest value. */
    void advance() {
        long count = series.count();
        if (count >= nextScale) {
            nextScale = Math.max(count + 1, count * 3 / 2);
            rescale();
        } else if (count > WARM_UP) {
            if (series.wasMoved()) {
                fillScaled();
            }
            scaled[series.end() - 1] = scale(series.at(series.end() - 1));
            fillTerms(series.end() - 1, coming);
            for (int k = 0; k < lengths.length; k++) {
                step(k);
            }
        }
        for (int k = 0; k < lengths.length; k++) {
            nearest[k] = smallest(k);
        }
    }

    /**
     * Root mean square distance of the newest subsequence of the k-th length to its nearest in the past, in the unit of the
     * values; NaN as long as there is none.
     */
    double nearest(int k) {
        return nearest[k];
    }

    private double scale(double value) {
        return Math.max(-FARTHEST, Math.min(FARTHEST, (value - centre) / unit));
    }

    private void rescale() {
        double[] past = series.newest(history);
        Arrays.sort(past);
        centre = past[past.length / 2];
        unit = Spread.deviation(past, centre) / 1.4826;
        if (!(unit > 0)) {
            unit = 0.1 * (past[(int) (past.length * 0.95)] - past[(int) (past.length * 0.05)]);
        }
        if (!(unit > 0)) {
            unit = 0.1 * (past[past.length - 1] - past[0]);
        }
        if (!(unit > 0)) {
            unit = 1;
        }
        fillScaled();
        for (int k = 0; k < lengths.length; k++) {
            sumAnew(k);
        }
    }

    private void fillScaled() {
        for (int i = 0; i < series.end(); i++) {
            scaled[i] = scale(series.at(i));
        }
    }

    /** Lag {@code history − r} stands at r, so that sums and values are walked in the same direction. */
    private void sumAnew(int k) {
        int end = series.end();
        for (int r = history - lags(end); r < history; r++) {
            int lag = history - r;
            double sum = 0;
            for (int i = end - 1; i >= Math.max(lag, end - lengths[k]); i--) {
                sum += term(scaled[i], scaled[i - lag]);
            }
            sums[k][r] = sum;
        }
    }

    private int lags(int end) {
        return Math.min(history, end - 1);
    }

    private static double term(double one, double other) {
        double distance = one - other;
        return Math.min(CEILING, distance * distance);
    }

    /** The terms of one position with each earlier one, the lag {@code history − r} at r. */
    private void fillTerms(int position, double[] terms) {
        double value = scaled[position];
        int partner = position - history;
        for (int r = Math.max(0, -partner); r < history; r++) {
            double distance = value - scaled[partner + r];
            terms[r] = Math.min(CEILING, distance * distance);
        }
    }

    private void step(int k) {
        double[] sum = sums[k];
        int end = series.end();
        int from = history - lags(end);
        int gone = end - 1 - lengths[k];
        int both = Math.min(history, Math.max(from, history - gone));
        for (int r = from; r < both; r++) {
            sum[r] += coming[r];
        }
        if (both == history) {
            return;
        }
        double oldest = scaled[gone];
        int partner = gone - history;
        for (int r = both; r < history; r++) {
            double distance = oldest - scaled[partner + r];
            sum[r] += coming[r] - Math.min(CEILING, distance * distance);
        }
    }

    /** Subsequences that overlap the newest one do not count, nor do such that begin before what is held. */
    private double smallest(int k) {
        int length = lengths[k];
        int most = Math.min(history, series.end() - length);
        if (series.count() < WARM_UP || most < length) {
            return Double.NaN;
        }
        double[] sum = sums[k];
        double one = CEILING * length;
        double other = one;
        int r = history - most;
        int to = history - length;
        for (; r < to; r += 2) {
            one = Math.min(one, sum[r]);
            other = Math.min(other, sum[r + 1]);
        }
        double least = Math.max(0, Math.min(Math.min(one, other), sum[to]));
        return Math.sqrt(least / length) * unit;
    }
}
