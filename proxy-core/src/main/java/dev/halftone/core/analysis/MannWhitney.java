package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * Mann-Whitney U of two samples (Mann and Whitney 1947) and the shift between them (Hodges and Lehmann 1963). Ties get
 * midranks and the tie-corrected variance; normal approximation with continuity correction. O(n log n) for the test; each
 * quantile of the n·m differences is found exactly by halving, in O(64 (n+m)), without making the differences.
 *
 * <p>Immutable. Samples are finite numbers, at least one on each side.
 */
final class MannWhitney {
    private final double[] first;
    private final double[] second;
    private final double u;
    private final double deviation;

    private MannWhitney(double[] first, double[] second) {
        this.first = first;
        this.second = second;
        double wins = 0;
        for (double value : first) {
            wins += (countBelow(second, value) + (double) countUpTo(second, value)) / 2;
        }
        u = wins;
        deviation = Math.sqrt(variance());
    }

    static MannWhitney of(double[] first, double[] second) {
        if (first.length == 0 || second.length == 0) {
            throw new IllegalArgumentException(
                    first.length + " and " + second.length + " samples (expected: at least one each)");
        }
        double[] one = first.clone();
        double[] other = second.clone();
        Arrays.sort(one);
        Arrays.sort(other);
        return new MannWhitney(one, other);
    }

    private double variance() {
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        Arrays.sort(all);
        double ties = 0;
        for (int from = 0; from < all.length; ) {
            int to = countUpTo(all, all[from]);
            double tied = to - from;
            ties += tied * tied * tied - tied;
            from = to;
        }
        double n = all.length;
        return first.length * (double) second.length / 12 * (n + 1 - ties / (n * (n - 1)));
    }

    /** Pairs in which the first sample's value is the larger one, ties as one half: 0..n·m. */
    double u() {
        return u;
    }

    /** {@code u} as a share of all pairs, 0..1; one half if neither side tends to be larger. */
    double superiority() {
        return u / pairs();
    }

    /** Standard normal score, positive if the first sample is larger; 0 if all values are the same. */
    double z() {
        double distance = u - pairs() / 2;
        double corrected = Math.signum(distance) * Math.max(0, Math.abs(distance) - 0.5);
        return corrected == 0 ? 0 : corrected / deviation;
    }

    /** Two-sided. */
    double p() {
        return Math.min(1, 2 * Normal.upperTail(Math.abs(z())));
    }

    /** Hodges-Lehmann: the median of all differences first − second. */
    double shift() {
        long pairs = (long) pairs();
        double low = difference((pairs + 1) / 2);
        return pairs % 2 == 1 ? low : (low + difference(pairs / 2 + 1)) / 2;
    }

    /** Lower end of the shift's confidence interval; minus infinity if there are too few samples for one. */
    double lower(double z) {
        long rank = rank(z);
        return rank < 1 ? Double.NEGATIVE_INFINITY : difference(rank);
    }

    /**
     * Upper end, likewise.
     *
     * @param z standard normal quantile of the two-sided confidence, 1.96 for 95 %
     */
    double upper(double z) {
        long rank = rank(z);
        return rank < 1 ? Double.POSITIVE_INFINITY : difference((long) pairs() + 1 - rank);
    }

    /** Moses' interval: the shifts that the test would not refuse lie between the differences of this rank from either end. */
    private long rank(double z) {
        double spread = Math.sqrt(pairs() * (first.length + second.length + 1) / 12);
        return (long) Math.ceil(pairs() / 2 - 0.5 - z * spread);
    }

    private double pairs() {
        return first.length * (double) second.length;
    }

    /** The rank-th smallest difference, from 1, by halving over the ordered bit patterns of doubles. */
    private double difference(long rank) {
        long low = ordered(first[0] - second[second.length - 1]);
        long high = ordered(first[first.length - 1] - second[0]);
        while (low < high) {
            long middle = (low & high) + ((low ^ high) >> 1);
            if (differencesUpTo(Double.longBitsToDouble(ordered(middle))) >= rank) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return Double.longBitsToDouble(ordered(low));
    }

    private long differencesUpTo(double limit) {
        long count = 0;
        int from = second.length;
        // The smaller a value of first, the more of second lie within the limit of it: one pass over both.
        for (int i = first.length - 1; i >= 0; i--) {
            while (from > 0 && first[i] - second[from - 1] <= limit) {
                from--;
            }
            count += second.length - from;
        }
        return count;
    }

    private static long ordered(double value) {
        return ordered(Double.doubleToLongBits(value + 0.0));
    }

    /** Bit patterns of doubles in the order of their values, and back: it is its own inverse. */
    private static long ordered(long bits) {
        return bits < 0 ? bits ^ Long.MAX_VALUE : bits;
    }

    private static int countBelow(double[] sorted, double value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int countUpTo(double[] sorted, double value) {
        return countBelow(sorted, Math.nextUp(value));
    }
}
