package dev.halftone.core.endpoint;

/** One of those a {@link Balancer} picks from, with one event loop's own counts. One thread. */
public class Candidate {
    private final int weight;
    private int active;
    /** What smooth weighted round-robin owes it. */
    int credit;

    /** @param weight 1 or more */
    public Candidate(int weight) {
        this.weight = weight;
    }

    public final int weight() {
        return weight;
    }

    /** Requests under way and connections being opened. */
    public final int active() {
        return active;
    }

    public final void began() {
        active++;
    }

    public final void ended() {
        active--;
    }

    /** Whether it has less to do for its weight than another. */
    final boolean isLessBusyThan(Candidate other) {
        return (long) active * other.weight < (long) other.active * weight;
    }
}
