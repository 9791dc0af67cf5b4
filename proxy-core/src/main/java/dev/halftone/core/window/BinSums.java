package dev.halftone.core.window;

import java.util.Arrays;

/** A count for each latency bin, which may rise and fall; the bins of a doubling are made when first needed. One thread. */
final class BinSums {
    private final long[] @org.jspecify.annotations.Nullable [] octaves = new long[LatencyBins.OCTAVES][];

    void add(int bin, long count) {
        long[] bins = octaves[bin >>> LatencyBins.SUB_BITS];
        if (bins == null) {
            bins = new long[LatencyBins.SUBS];
            octaves[bin >>> LatencyBins.SUB_BITS] = bins;
        }
        bins[bin & (LatencyBins.SUBS - 1)] += count;
    }

    void add(LatencyCounts counts, int sign) {
        for (int i = 0; i < counts.size(); i++) {
            add(counts.binAt(i), sign * counts.countAt(i));
        }
    }

    /** @param sumNanos of all latencies in it */
    LatencyCounts toCounts(long sumNanos) {
        int size = 0;
        for (long[] bins : octaves) {
            for (int i = 0; bins != null && i < bins.length; i++) {
                size += bins[i] == 0 ? 0 : 1;
            }
        }
        char[] numbers = new char[size];
        long[] counts = new long[size];
        int at = 0;
        for (int octave = 0; octave < octaves.length; octave++) {
            long[] bins = octaves[octave];
            for (int i = 0; bins != null && i < bins.length; i++) {
                if (bins[i] != 0) {
                    numbers[at] = (char) (octave * LatencyBins.SUBS + i);
                    counts[at++] = bins[i];
                }
            }
        }
        return LatencyCounts.of(numbers, counts, sumNanos);
    }

    void clear() {
        for (long[] bins : octaves) {
            if (bins != null) {
                Arrays.fill(bins, 0);
            }
        }
    }
}
