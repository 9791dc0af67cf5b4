package dev.halftone.core.window;

/** What was read of one tally last, and so what has come since. Control thread only. */
final class TallyReading {
    private final long[] counts = new long[3];
    private final long[][] bins = new long[LatencyBins.OCTAVES][];
    private long sumNanos;

    /**
     * Adds what was counted since the last reading. Requests are written before errors and read after them, so that in sum
     * errors never exceed requests; an error whose request fell into the slice before is counted in this one.
     */
    void advance(OutcomeCell.Tally source, SliceSum into) {
        long[] data = source.data();
        boolean changed = false;
        for (int which = counts.length - 1; which >= OutcomeCell.Tally.REQUESTS; which--) {
            long now = OutcomeCell.Tally.count(data, which);
            changed |= now != counts[which];
            into.add(which, now - counts[which]);
            counts[which] = now;
        }
        if (changed) {
            OutcomeCell.Tally.advance(data, bins, into.bins());
            long sum = OutcomeCell.Tally.sumNanos(data);
            into.addNanos(sum - sumNanos);
            sumNanos = sum;
        }
    }
}
