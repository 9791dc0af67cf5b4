package dev.halftone.core.routing;

/** Tells where a request comes from. Implementations are safe for any thread and answer within microseconds. */
public interface Regions {
    /** Knows nothing of anybody. */
    Regions NONE = request -> 0;

    /**
     * Up to two {@link RegionCode}s: the wider in the lower half, and in the upper one a second that lies in the same country,
     * as a county in a part of the kingdom; 0 where nothing is known.
     */
    long of(RequestView request);

    static long pack(int first, int second) {
        return (long) second << 32 | first;
    }
}
