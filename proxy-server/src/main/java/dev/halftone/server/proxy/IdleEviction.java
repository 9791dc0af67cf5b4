package dev.halftone.server.proxy;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room where connections are short: in each sweep of a loop its connections that wait for a request are offered, and
 * those that have waited longest are closed, as many as this loop's share of what is wanted. Event loop only.
 */
final class IdleEviction {
    private static final Logger LOG = LoggerFactory.getLogger(IdleEviction.class);
    /** What was used a moment ago will be used in a moment: its next request may be on the way. */
    private static final long LEAST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int MOST_PER_SWEEP = 1000;
    private static final int FOR_DESCRIPTORS = 16;

    private final DataPlane plane;
    private final LogLimit logLimit;
    private final Map<ListenerState, PriorityQueue<Idle>> offered = new IdentityHashMap<>(2);
    private int failuresSeen;

    /** The queues' heads are the shortest idle: the first to be spared. */
    private record Idle(FrontendHandler connection, long sinceNanos) implements Comparable<Idle> {
        @Override
        public int compareTo(Idle other) {
            return Long.signum(other.sinceNanos - sinceNanos);
        }
    }

    IdleEviction(DataPlane plane) {
        this.plane = plane;
        logLimit = new LogLimit(plane.nowNanos());
    }

    private int wanted(ListenerState listener) {
        int excess = listener.excess();
        int share = excess <= 0 ? 0 : (excess + plane.loops() - 1) / plane.loops();
        if (plane.descriptors().failures() != failuresSeen) {
            share = Math.max(share, FOR_DESCRIPTORS);
        }
        return Math.min(share, MOST_PER_SWEEP);
    }

    /** A connection with nothing under way, that could be closed. */
    void offer(ListenerState listener, FrontendHandler connection, long sinceNanos, long nowNanos) {
        int wanted = wanted(listener);
        if (wanted == 0 || nowNanos - sinceNanos < LEAST_IDLE_NANOS) {
            return;
        }
        PriorityQueue<Idle> queue = offered.computeIfAbsent(listener, key -> new PriorityQueue<>());
        queue.add(new Idle(connection, sinceNanos));
        if (queue.size() > wanted) {
            queue.remove();
        }
    }

    /** Closes what was chosen since the last call. */
    void closeLongestIdle(long nowNanos) {
        failuresSeen = plane.descriptors().failures();
        if (offered.isEmpty()) {
            return;
        }
        offered.forEach((listener, queue) -> close(listener, queue, nowNanos));
        offered.clear();
    }

    private void close(ListenerState listener, PriorityQueue<Idle> queue, long nowNanos) {
        queue.forEach(idle -> idle.connection.evict());
        long closed = logLimit.pass(queue.size(), nowNanos);
        if (closed > 0) {
            LOG.warn(
                    "listener {}: {} idle connections closed to make room: {} are open (limits.connections {})",
                    listener.settings().name(),
                    closed,
                    listener.openCount(),
                    listener.settings().maxConnections());
        }
    }
}
