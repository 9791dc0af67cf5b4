package dev.halftone.core.window;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was sent beside the requests that clients made: replays of what failed, and copies to compare. Any thread. */
public final class SideCounts {
    private static final int RESCUED = 0;
    private static final int RETRIED = 1;
    private static final int MIRRORED = 2;

    private final Map<Integer, LongAdder[]> routes = new ConcurrentHashMap<>();

    /** What a copy of a request came to; of several differences the first. */
    public enum Mirrored {
        /** All that was compared is alike. */
        SAME("same"),
        STATUS("status"),
        SIZE("size"),
        BODY("body"),
        LATENCY("latency"),
        /** The canary gave no answer, or not in time. */
        FAILED("failed"),
        /** Not sent: too many were under way, or its body was too long. */
        DROPPED("dropped");

        private final String label;

        Mirrored(String label) {
            this.label = label;
        }

        /** As it stands in metrics. */
        public String label() {
            return label;
        }
    }

    /** A request that the canary failed was sent to stable. */
    public void rescued(int routeId) {
        count(routeId, RESCUED);
    }

    /** A request was sent to the same upstream again. */
    public void retried(int routeId) {
        count(routeId, RETRIED);
    }

    public void mirrored(int routeId, Mirrored result) {
        count(routeId, MIRRORED + result.ordinal());
    }

    private void count(int routeId, int what) {
        routes.computeIfAbsent(routeId, id -> counters())[what].increment();
    }

    private static LongAdder[] counters() {
        LongAdder[] counters = new LongAdder[MIRRORED + Mirrored.values().length];
        Arrays.setAll(counters, i -> new LongAdder());
        return counters;
    }

    /** Whether anything was counted of this route. */
    public boolean knows(int routeId) {
        return routes.containsKey(routeId);
    }

    /** Requests so far that stable answered in the canary's place. */
    public long rescuedOf(int routeId) {
        return of(routeId, RESCUED);
    }

    /** Replays so far to the same upstream. */
    public long retriedOf(int routeId) {
        return of(routeId, RETRIED);
    }

    /** Copies so far that came to this. */
    public long mirroredOf(int routeId, Mirrored result) {
        return of(routeId, MIRRORED + result.ordinal());
    }

    private long of(int routeId, int what) {
        LongAdder[] counters = routes.get(routeId);
        return counters == null ? 0 : counters[what].sum();
    }
}
