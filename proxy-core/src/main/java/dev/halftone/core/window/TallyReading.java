package dev.halftone.core.window;

/** What was read of one tally last, and so what has come since. Control thread only. */
final class TallyReading {
    private final long[] counts = new long[3];
    private long[] bins = new long[0];
    private long sumNanos;

    /**
     * What was counted since the last reading. Requests are written first and read last, so that in sum errors never exceed
     * requests; an error whose request fell into the slice before is counted in this one.
     */
    Outcomes advance(OutcomeCell.Tally source) {
        long[] added = new long[counts.length];
        boolean changed = false;
        for (int which = counts.length - 1; which >= OutcomeCell.Tally.REQUESTS; which--) {
            long now = source.count(which);
            added[which] = now - counts[which];
            changed |= added[which] != 0;
            counts[which] = now;
        }
        if (!changed) {
            return Outcomes.NONE;
        }
        return new Outcomes(
                added[OutcomeCell.Tally.REQUESTS],
                added[OutcomeCell.Tally.ERRORS],
                added[OutcomeCell.Tally.CLIENT_FAULTS],
                latencies(source.latencies()));
    }

    private LatencyCounts latencies(OutcomeCell.Latencies source) {
        long[] now = new long[LatencyBins.COUNT];
        source.addTo(now);
        long sum = source.sumNanos();
        long[] added = bins.length == 0 ? now.clone() : bins;
        for (int i = 0; i < bins.length; i++) {
            added[i] = now[i] - bins[i];
        }
        LatencyCounts result = LatencyCounts.of(added, sum - sumNanos);
        bins = now;
        sumNanos = sum;
        return result;
    }
}
