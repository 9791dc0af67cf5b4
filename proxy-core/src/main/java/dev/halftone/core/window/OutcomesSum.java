package dev.halftone.core.window;

/** A sum of outcomes to which parts are added and from which they are taken away again. One thread. */
public final class OutcomesSum {
    private final long[] bins = new long[LatencyBins.COUNT];
    private long sumNanos;
    private long requests;
    private long errors;
    private long clientFaults;

    public void add(Outcomes part) {
        change(part, 1);
    }

    public void remove(Outcomes part) {
        change(part, -1);
    }

    private void change(Outcomes part, int sign) {
        requests += sign * part.requests();
        errors += sign * part.errors();
        clientFaults += sign * part.clientFaults();
        LatencyCounts latency = part.latency();
        for (int i = 0; i < latency.binCount(); i++) {
            bins[latency.firstBin() + i] += sign * latency.countAt(i);
        }
        sumNanos += sign * latency.sumNanos();
    }

    public Outcomes toOutcomes() {
        boolean empty = requests == 0 && errors == 0 && clientFaults == 0;
        return empty ? Outcomes.NONE : new Outcomes(requests, errors, clientFaults, LatencyCounts.of(bins, sumNanos));
    }
}
