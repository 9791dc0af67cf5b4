package dev.halftone.core.window;

/** A sum of outcomes to which parts are added and from which they are taken away again. One thread. */
public final class OutcomesSum {
    private final BinSums bins = new BinSums();
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
        bins.add(part.latency(), sign);
        sumNanos += sign * part.latency().sumNanos();
    }

    public Outcomes toOutcomes() {
        boolean empty = requests == 0 && errors == 0 && clientFaults == 0;
        return empty ? Outcomes.NONE : new Outcomes(requests, errors, clientFaults, bins.toCounts(sumNanos));
    }
}
