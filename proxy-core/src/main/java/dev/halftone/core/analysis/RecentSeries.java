package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * The newest values of a series, at least so many, in one piece: positions 0..{@link #end} − 1, oldest first.
 * When the room is used up the newest move to the front. Fixed memory; amortised O(1) a value. One thread.
 */
final class RecentSeries {
    private final int keep;
    private final double[] values;
    private final double[] sums;
    private int end;
    private long count;
    private boolean moved;

    /** @param keep how many of the newest are always there */
    RecentSeries(int keep) {
        this.keep = keep;
        values = new double[capacity()];
        sums = new double[capacity() + 1];
    }

    int capacity() {
        return 2 * keep;
    }

    void add(double value) {
        moved = end == capacity();
        if (moved) {
            System.arraycopy(values, end - keep, values, 0, keep);
            end = 0;
            for (int i = 0; i < keep; i++) {
                append(values[i]);
            }
        }
        append(value);
        count++;
    }

    private void append(double value) {
        values[end] = value;
        sums[end + 1] = sums[end] + value;
        end++;
    }

    /** How many were ever added. */
    long count() {
        return count;
    }

    /** Whether the last addition moved all to the front. */
    boolean wasMoved() {
        return moved;
    }

    int end() {
        return end;
    }

    double at(int position) {
        return values[position];
    }

    /** Mean of the values at positions from..to − 1. */
    double mean(int from, int to) {
        return (sums[to] - sums[from]) / (to - from);
    }

    double[] newest(int most) {
        return Arrays.copyOfRange(values, Math.max(0, end - most), end);
    }
}
