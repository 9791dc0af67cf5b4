package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * The newest values of a series with their times, at least so many, in one piece: positions 0..{@link #end} − 1, oldest first.
 * When the room is used up the newest move to the front. Fixed memory; amortised O(1) a value. One thread.
 */
final class RecentSeries {
    private final int keep;
    private final double[] times;
    private final double[] values;
    private final double[] sums;
    private final double[] changes;
    private int end;
    private long count;
    private boolean moved;

    /** @param keep how many of the newest are always there */
    RecentSeries(int keep) {
        this.keep = keep;
        times = new double[capacity()];
        values = new double[capacity()];
        sums = new double[capacity() + 1];
        changes = new double[capacity() + 1];
    }

    int capacity() {
        return 2 * keep;
    }

    /** @param seconds at least the last one's; an earlier one counts as the same */
    void add(double seconds, double value) {
        moved = end == capacity();
        if (moved) {
            System.arraycopy(times, end - keep, times, 0, keep);
            System.arraycopy(values, end - keep, values, 0, keep);
            end = 0;
            for (int i = 0; i < keep; i++) {
                append(times[i], values[i]);
            }
        }
        append(end == 0 ? seconds : Math.max(seconds, times[end - 1]), value);
        count++;
    }

    private void append(double seconds, double value) {
        times[end] = seconds;
        values[end] = value;
        sums[end + 1] = sums[end] + value;
        changes[end + 1] = changes[end] + (end == 0 ? 0 : Math.abs(value - values[end - 1]));
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

    double timeAt(int position) {
        return times[position];
    }

    /** The first position at or after this time. */
    int firstFrom(double seconds) {
        int low = 0;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (times[middle] < seconds) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Mean of the values at positions from..to − 1. */
    double mean(int from, int to) {
        return (sums[to] - sums[from]) / (to - from);
    }

    /** Mean size of the steps that lead to the values at positions from..to − 1. */
    double meanChange(int from, int to) {
        return (changes[to] - changes[from]) / (to - from);
    }

    double[] newest(int most) {
        return Arrays.copyOfRange(values, Math.max(0, end - most), end);
    }
}
