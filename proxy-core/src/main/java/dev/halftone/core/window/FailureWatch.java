package dev.halftone.core.window;

import org.jspecify.annotations.Nullable;

/**
 * Watches one release's canary between slices, over all event loops. Asked only when a request of the canary that counts here fails,
 * and at each slice's end, so that good answers pay nothing: what went well meanwhile is the difference of the counters. Any thread, guarded by itself.
 */
final class FailureWatch {
    private final int epoch;
    private final HarmCusum.Limits limits;
    private HarmCusum cusum;
    private long anonymous;
    private long[] seen;
    private RouteSlice.@Nullable Trip trip;

    /** @param counts requests and errors that count, of the canary, then of stable, up to now */
    FailureWatch(int epoch, HarmCusum.Limits limits, long[] counts) {
        this.epoch = epoch;
        this.limits = limits;
        this.cusum = new HarmCusum(limits);
        this.seen = counts.clone();
    }

    int epoch() {
        return epoch;
    }

    HarmCusum.Limits limits() {
        return limits;
    }

    /** Whether this failure trips; true once until {@link #takeTrip}. */
    synchronized boolean failed(long user, long[] counts) {
        if (trip != null) {
            return false;
        }
        take(counts);
        cusum.failedUser(user == OutcomeShard.ANONYMOUS ? --anonymous : user);
        trip = cusum.trip();
        return trip != null;
    }

    /** Takes what has come since; a failure that stood alone beside nothing of stable's may trip now. */
    synchronized void look(long[] counts) {
        if (trip == null) {
            take(counts);
            trip = cusum.trip();
        }
    }

    private void take(long[] counts) {
        // Another loop may have come first with newer counters; then there is nothing new but the user.
        long requests = Math.max(0, counts[0] - seen[0]);
        long errors = Math.max(0, Math.min(requests, counts[1] - seen[1]));
        cusum.take(requests - errors, 0, Math.max(0, counts[2] - seen[2]), Math.max(0, counts[3] - seen[3]));
        cusum.take(errors, errors, 0, 0);
        for (int i = 0; i < seen.length; i++) {
            seen[i] = Math.max(seen[i], counts[i]);
        }
    }

    /** What it saw, once; then it watches anew. */
    synchronized RouteSlice.@Nullable Trip takeTrip() {
        RouteSlice.Trip taken = trip;
        if (taken != null) {
            trip = null;
            cusum = new HarmCusum(limits);
        }
        return taken;
    }
}
