package dev.halftone.core.window;

import java.util.List;

/**
 * Where the data plane and the analysis meet. Event loops write, each its own shard; the control thread closes slices.
 *
 * <p>Shards hold counters that only grow. A slice is the difference between two readings, so a count that is written late
 * falls into the next slice and is never lost.
 */
public final class OutcomeWindow {
    /** A new shard, for one event loop. Any thread. */
    public OutcomeShard newShard() {
        return new OutcomeShard();
    }

    /** Closes the current slice of every route that has counted anything since the process began. Control thread only. */
    public List<RouteSlice> closeSlice(long nowNanos) {
        throw new UnsupportedOperationException("" + nowNanos);
    }

    /** Everything counted so far, of every route and version that has counted anything. Any thread. */
    public List<RequestTotals> totals() {
        throw new UnsupportedOperationException();
    }
}
