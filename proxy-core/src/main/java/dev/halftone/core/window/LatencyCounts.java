package dev.halftone.core.window;

/** Latencies as counts per bin (see the binning's bounds in its own class). Immutable. */
public final class LatencyCounts {
    public static final LatencyCounts EMPTY = new LatencyCounts();

    private LatencyCounts() {}

    /** How many latencies were recorded. */
    public long count() {
        return 0;
    }

    /** The sum of the recorded latencies, exact, in nanoseconds. */
    public long sumNanos() {
        return 0;
    }

    /** How many latencies were above this one, within the bins' relative error of 2 %. */
    public long countAbove(long nanos) {
        throw new UnsupportedOperationException("" + nanos);
    }

    /**
     * The smallest bin's value that at least this share of the latencies does not exceed, in nanoseconds.
     *
     * @param q above 0, at most 1
     * @return 0 if nothing was recorded
     */
    public long quantileNanos(double q) {
        throw new UnsupportedOperationException("" + q);
    }

    public LatencyCounts plus(LatencyCounts other) {
        throw new UnsupportedOperationException("" + other.count());
    }
}
