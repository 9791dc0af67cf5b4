package dev.halftone.core.window;

import java.util.Arrays;
import java.util.Collection;

/** Latencies as counts per bin, within 2 % of what was recorded. Immutable. */
public final class LatencyCounts {
    public static final LatencyCounts EMPTY = new LatencyCounts(0, new long[0], 0, 0);

    private final int firstBin;
    private final long[] counts;
    private final long count;
    private final long sumNanos;

    private LatencyCounts(int firstBin, long[] counts, long count, long sumNanos) {
        this.firstBin = firstBin;
        this.counts = counts;
        this.count = count;
        this.sumNanos = sumNanos;
    }

    /** From a count for every bin; keeps a copy of the part that is not zero. */
    static LatencyCounts of(long[] bins, long sumNanos) {
        int first = 0;
        int end = bins.length;
        while (first < end && bins[first] == 0) {
            first++;
        }
        while (end > first && bins[end - 1] == 0) {
            end--;
        }
        if (first == end) {
            return EMPTY;
        }
        long[] kept = Arrays.copyOfRange(bins, first, end);
        return new LatencyCounts(first, kept, Arrays.stream(kept).sum(), sumNanos);
    }

    /** The latencies given, each counted once, in nanoseconds; for recorded and made-up data. */
    public static LatencyCounts ofNanos(long... latencies) {
        long[] bins = new long[LatencyBins.COUNT];
        long sum = 0;
        for (long nanos : latencies) {
            bins[LatencyBins.indexOf(nanos)]++;
            sum += nanos;
        }
        return of(bins, sum);
    }

    /** The sum of all; cheaper than one by one. */
    public static LatencyCounts sum(Collection<LatencyCounts> parts) {
        int first = Integer.MAX_VALUE;
        int end = 0;
        for (LatencyCounts part : parts) {
            if (part.count > 0) {
                first = Math.min(first, part.firstBin);
                end = Math.max(end, part.firstBin + part.counts.length);
            }
        }
        if (end == 0) {
            return EMPTY;
        }
        long[] sum = new long[end - first];
        long count = 0;
        long sumNanos = 0;
        for (LatencyCounts part : parts) {
            for (int i = 0; i < part.counts.length; i++) {
                sum[part.firstBin - first + i] += part.counts[i];
            }
            count += part.count;
            sumNanos += part.sumNanos;
        }
        return new LatencyCounts(first, sum, count, sumNanos);
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
        for (int i = counts.length - 1; i >= 0 && LatencyBins.middleNanos(firstBin + i) > nanos; i--) {
            above += counts[i];
        }
        return above;
    }

    /** How many latencies lie in bins above this one; exact. */
    long countAboveBin(int bin) {
        long above = 0;
        for (int i = counts.length - 1; i >= Math.max(0, bin + 1 - firstBin); i--) {
            above += counts[i];
        }
        return above;
    }

    int firstBin() {
        return firstBin;
    }

    int binCount() {
        return counts.length;
    }

    long countAt(int offset) {
        return counts[offset];
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
        int bin = 0;
        while (bin < counts.length - 1) {
            seen += counts[bin];
            if (seen >= rank) {
                break;
            }
            bin++;
        }
        return LatencyBins.middleNanos(firstBin + bin);
    }

    /** Variance of the recorded latencies in square nanoseconds, from the bins; 0 for fewer than two. */
    public double varianceSquareNanos() {
        if (count < 2) {
            return 0;
        }
        double mean = (double) sumNanos / count;
        double squares = 0;
        for (int i = 0; i < counts.length; i++) {
            double distance = LatencyBins.middleNanos(firstBin + i) - mean;
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
        int first = Math.min(firstBin, other.firstBin);
        int end = Math.max(firstBin + counts.length, other.firstBin + other.counts.length);
        long[] sum = new long[end - first];
        for (int i = 0; i < counts.length; i++) {
            sum[firstBin - first + i] += counts[i];
        }
        for (int i = 0; i < other.counts.length; i++) {
            sum[other.firstBin - first + i] += other.counts[i];
        }
        return new LatencyCounts(first, sum, count + other.count, sumNanos + other.sumNanos);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LatencyCounts that
                && firstBin == that.firstBin
                && sumNanos == that.sumNanos
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
