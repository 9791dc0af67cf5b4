package dev.halftone.server.tracing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Of each route and version the newest sampled request for each power of two of milliseconds: what a point of the histogram of
 * durations can be traced to. Bounded by the number of routes. Written by the sender's thread, read by any.
 */
final class LatencyExemplars {
    /** The last is for 2^16 ms and more. */
    private static final int SIZES = 18;

    private final Map<Key, AtomicReferenceArray<RequestSpan>> newest = new ConcurrentHashMap<>();

    private record Key(String route, String version) {}

    void add(RequestSpan span) {
        if (!span.isPlainAnswer()) {
            return;
        }
        long millis = span.durationNanos() / 1_000_000;
        int size = Math.min(SIZES - 1, 64 - Long.numberOfLeadingZeros(millis));
        newest.computeIfAbsent(new Key(span.route(), span.version()), any -> new AtomicReferenceArray<>(SIZES))
                .set(size, span);
    }

    List<RequestSpan> of(String route, String version) {
        AtomicReferenceArray<RequestSpan> sizes = newest.get(new Key(route, version));
        List<RequestSpan> spans = new ArrayList<>();
        for (int size = 0; sizes != null && size < SIZES; size++) {
            RequestSpan span = sizes.get(size);
            if (span != null) {
                spans.add(span);
            }
        }
        return spans;
    }
}
