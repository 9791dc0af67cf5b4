package dev.halftone.core.window;

import org.jspecify.annotations.Nullable;

/**
 * One closed slice of one route: about one second of both versions, over the same time.
 *
 * @param startNanos when it opened, on the monotonic clock that the caller uses
 * @param endNanos when it was closed
 * @param trip what a {@link FailureWatch} saw on the spot, or null; such a slice was closed early
 */
public record RouteSlice(
        int routeId,
        long startNanos,
        long endNanos,
        VersionSlice stable,
        VersionSlice canary,
        @Nullable Trip trip) {

    public RouteSlice(int routeId, long startNanos, long endNanos, VersionSlice stable, VersionSlice canary) {
        this(routeId, startNanos, endNanos, stable, canary, null);
    }

    /** Nothing but time has passed. */
    public static RouteSlice silence(int routeId, long startNanos, long endNanos) {
        return new RouteSlice(routeId, startNanos, endNanos, VersionSlice.EMPTY, VersionSlice.EMPTY);
    }

    /**
     * A canary that fails, seen between two slices.
     *
     * @param requests counted requests of the canary since it began to fail
     * @param errors of them
     * @param stableRequests counted requests of stable over the same time
     * @param stableErrors of them
     */
    public record Trip(long requests, long errors, long stableRequests, long stableErrors) {}
}
