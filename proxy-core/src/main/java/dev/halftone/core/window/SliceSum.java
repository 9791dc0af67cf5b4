package dev.halftone.core.window;

/** Gathers one slice's outcomes over all event loops; used again for the next. Control thread only. */
final class SliceSum {
    private final BinSums bins = new BinSums();
    private final long[] counts = new long[3];
    private long sumNanos;

    void add(int which, long count) {
        counts[which] += count;
    }

    void addNanos(long nanos) {
        sumNanos += nanos;
    }

    BinSums bins() {
        return bins;
    }

    /** What was gathered, and begins anew. */
    Outcomes take() {
        long requests = counts[OutcomeCell.Tally.REQUESTS];
        long errors = counts[OutcomeCell.Tally.ERRORS];
        long clientFaults = counts[OutcomeCell.Tally.CLIENT_FAULTS];
        if (requests == 0 && errors == 0 && clientFaults == 0) {
            return Outcomes.NONE;
        }
        Outcomes outcomes = new Outcomes(requests, errors, clientFaults, bins.toCounts(sumNanos));
        bins.clear();
        java.util.Arrays.fill(counts, 0);
        sumNanos = 0;
        return outcomes;
    }
}
