package dev.halftone.core.window;

import java.util.Arrays;
import java.util.Collection;

/** Latencies as counts per bin, within 2 % of what was recorded; only bins that hold something are kept. Immutable. */
public final class LatencyCounts {
    public static final LatencyCounts EMPTY = new LatencyCounts(new char[0], new long[0], 0, 0);

    private final char[] bins;
    private final long[] counts;
    private final long count;
    private final long sumNanos;

    private LatencyCounts(char[] bins, long[] counts, long count, long sumNanos) {
        this.bins = bins;
        this.counts = counts;
        this.count = count;
        this.sumNanos = sumNanos;
    }

    /**
     * Takes the arrays as they are.
     *
     * @param bins ascending
     * @param counts of each, none 0
     */
    static LatencyCounts of(char[] bins, long[] counts, long sumNanos) {
        long count = 0;
        for (long each : counts) {
            count += each;
        }
        return bins.length == 0 ? EMPTY : new LatencyCounts(bins, counts, count, sumNanos);
    }

    /** The latencies given, each counted once, in nanoseconds; for recorded and made-up data. */
    public static LatencyCounts ofNanos(long... latencies) {
        BinSums bins = new BinSums();
        long sum = 0;
        for (long nanos : latencies) {
            bins.add(LatencyBins.indexOf(nanos), 1);
            sum += nanos;
        }
        return bins.toCounts(sum);
    }

    /** The sum of all; cheaper than one by one. */
    public static LatencyCounts sum(Collection<LatencyCounts> parts) {
        BinSums bins = new BinSums();
        long sumNanos = 0;
        for (LatencyCounts part : parts) {
            bins.add(part, 1);
            sumNanos += part.sumNanos;
        }
        return bins.toCounts(sumNanos);
    }

    /** How many latencies were recorded. */
    public long count() {
        return count;
    }

    /** The sum of the recorded latencies, exact, in nanoseconds. */
    public long sumNanos() {
        return sumNanos;
    }

    /** How many latencies were above this one, within the bins' relative error of 2 %. */
    public long countAbove(long nanos) {
        long above = 0;
        for (int i = counts.length - 1; i >= 0 && LatencyBins.middleNanos(bins[i]) > nanos; i--) {
            above += counts[i];
        }
        return above;
    }

    /** How many latencies lie in bins above this one; exact. */
    long countAboveBin(int bin) {
        long above = 0;
        for (int i = counts.length - 1; i >= 0 && bins[i] > bin; i--) {
            above += counts[i];
        }
        return above;
    }

    /** How many bins hold something. */
    int size() {
        return counts.length;
    }

    /** The number of the i-th of them, ascending. */
    int binAt(int i) {
        return bins[i];
    }

    long countAt(int i) {
        return counts[i];
    }

    /**
     * The smallest bin's value that at least this share of the latencies does not exceed, in nanoseconds.
     *
     * @param q above 0, at most 1
     * @return 0 if nothing was recorded
     */
    public long quantileNanos(double q) {
        if (!(q > 0 && q <= 1)) {
            throw new IllegalArgumentException("quantile " + q + " (expected: above 0, at most 1)");
        }
        if (count == 0) {
            return 0;
        }
        long rank = Math.max(1, (long) Math.ceil(q * count));
        long seen = 0;
        int at = 0;
        while (at < counts.length - 1) {
            seen += counts[at];
            if (seen >= rank) {
                break;
            }
            at++;
        }
        return LatencyBins.middleNanos(bins[at]);
    }

    /** Variance of the recorded latencies in square nanoseconds, from the bins; 0 for fewer than two. */
    public double varianceSquareNanos() {
        if (count < 2) {
            return 0;
        }
        double mean = (double) sumNanos / count;
        double squares = 0;
        for (int i = 0; i < counts.length; i++) {
            double distance = LatencyBins.middleNanos(bins[i]) - mean;
            squares += counts[i] * distance * distance;
        }
        return squares / (count - 1);
    }

    public LatencyCounts plus(LatencyCounts other) {
        if (other.count == 0) {
            return this;
        }
        if (count == 0) {
            return other;
        }
        int size = 0;
        for (int i = 0, k = 0; i < bins.length || k < other.bins.length; size++) {
            int mine = at(i);
            int its = other.at(k);
            i += mine <= its ? 1 : 0;
            k += its <= mine ? 1 : 0;
        }
        char[] both = new char[size];
        long[] sums = new long[size];
        int i = 0;
        int k = 0;
        for (int to = 0; to < size; to++) {
            int mine = at(i);
            int its = other.at(k);
            both[to] = (char) Math.min(mine, its);
            sums[to] = (mine <= its ? counts[i++] : 0) + (its <= mine ? other.counts[k++] : 0);
        }
        return new LatencyCounts(both, sums, count + other.count, sumNanos + other.sumNanos);
    }

    private int at(int i) {
        return i < bins.length ? bins[i] : LatencyBins.COUNT;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LatencyCounts that
                && sumNanos == that.sumNanos
                && Arrays.equals(bins, that.bins)
                && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts) * 31 + Long.hashCode(sumNanos);
    }

    @Override
    public String toString() {
        return count + " latencies, " + sumNanos + " ns in all";
    }
}
