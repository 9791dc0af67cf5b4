package dev.halftone.core.window;

/**
 * The log-linear bins of latencies: 32 to each doubling between 1 µs and 1 h and a bit, so that a bin's middle is within
 * 1.6 % of every latency in it. What lies outside counts in the first or the last bin.
 */
final class LatencyBins {
    static final int SUB_BITS = 5;
    static final int SUBS = 1 << SUB_BITS;
    private static final int LOWEST_EXPONENT = 10;
    private static final int HIGHEST_EXPONENT = 41;
    static final int OCTAVES = HIGHEST_EXPONENT - LOWEST_EXPONENT + 1;
    static final int COUNT = OCTAVES * SUBS;

    private LatencyBins() {}

    static int indexOf(long nanos) {
        if (nanos < 1L << LOWEST_EXPONENT) {
            return 0;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(nanos);
        if (exponent > HIGHEST_EXPONENT) {
            return COUNT - 1;
        }
        int sub = (int) (nanos >>> (exponent - SUB_BITS)) & (SUBS - 1);
        return (exponent - LOWEST_EXPONENT) * SUBS + sub;
    }

    static long lowerNanos(int index) {
        int exponent = index / SUBS + LOWEST_EXPONENT;
        return (long) (SUBS + index % SUBS) << (exponent - SUB_BITS);
    }

    static long middleNanos(int index) {
        int exponent = index / SUBS + LOWEST_EXPONENT;
        return lowerNanos(index) + (1L << (exponent - SUB_BITS)) / 2;
    }
}
