package dev.halftone.core.window;

/**
 * The analysed outcomes of one version in one slice.
 *
 * @param requests all finished requests, errors and client faults among them
 * @param latency of the requests that an upstream answered whole
 */
public record VersionSlice(long requests, long errors, long clientFaults, LatencyCounts latency) {
    public static final VersionSlice EMPTY = new VersionSlice(0, 0, 0, LatencyCounts.EMPTY);
}
