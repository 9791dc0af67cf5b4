package dev.halftone.core.window;

/**
 * One closed slice of one route: about one second of both versions, over the same time.
 *
 * @param startNanos when it opened, on the monotonic clock that the caller uses
 * @param endNanos when it was closed
 */
public record RouteSlice(int routeId, long startNanos, long endNanos, VersionSlice stable, VersionSlice canary) {}
