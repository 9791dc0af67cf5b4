package dev.halftone.core.routing;

/**
 * The one reference through which decisions reach requests: the control thread writes it, event loops read it once per
 * request. Guarded by being volatile and holding only immutable values.
 */
public final class ActiveRouting {
    private volatile RoutingTable table;

    public ActiveRouting(RoutingTable initial) {
        this.table = initial;
    }

    public RoutingTable get() {
        return table;
    }

    /** From the next request on, on every loop, this table decides. Called by the control thread alone. */
    public void publish(RoutingTable next) {
        table = next;
    }
}
