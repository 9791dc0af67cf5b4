package dev.halftone.server.proxy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** One loop's requests that wait for a connection to an upstream: first come, first served. Event loop only. */
final class PendingQueue {
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final ConnectionSlots slots;

    /**
     * A request that waits.
     *
     * @param number which of its connection's requests; the exchange may be serving a later one meanwhile
     * @param avoided the endpoint that it must not get, or null
     */
    record Waiting(UpstreamRequest exchange, int number, UpstreamPool.@Nullable Target avoided, long sinceNanos) {
        boolean isOver() {
            return exchange.isFinished() || exchange.number() != number;
        }
    }

    PendingQueue(ConnectionSlots slots) {
        this.slots = slots;
    }

    /** Returns whether there was a place. */
    boolean offer(UpstreamRequest exchange, UpstreamPool.@Nullable Target avoided, long nowNanos) {
        if (!slots.enqueue()) {
            return false;
        }
        queue.add(new Waiting(exchange, exchange.number(), avoided, nowNanos));
        return true;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    int size() {
        return queue.size();
    }

    /** The first one, or null. */
    @Nullable
    Waiting first() {
        return queue.peek();
    }

    /**
     * Takes out the first that may have a connection to this endpoint.
     *
     * @param only whether there is no other endpoint, so that nobody can avoid it
     * @param sides who may have it besides, or null if all may
     */
    @Nullable
    Waiting poll(UpstreamPool.Target target, boolean only, @Nullable SideBalancers sides) {
        if (queue.isEmpty()) {
            // Nearly always, and then without an iterator.
            return null;
        }
        Iterator<Waiting> all = queue.iterator();
        while (all.hasNext()) {
            Waiting next = all.next();
            if (next.isOver()) {
                remove(all);
            } else if (suits(next, target, only, sides)) {
                remove(all);
                return next;
            }
        }
        return null;
    }

    private static boolean suits(
            Waiting next, UpstreamPool.Target target, boolean only, @Nullable SideBalancers sides) {
        if (sides == null) {
            return only || next.avoided != target;
        }
        return sides.mayServe(next.exchange.choice(), target)
                && (next.avoided != target || sides.of(next.exchange.choice()).isOnlyOne());
    }

    /** Takes out the first if it has waited since before this moment; forgets those that nobody waits for any more. */
    @Nullable
    Waiting pollLate(long beforeNanos) {
        Iterator<Waiting> all = queue.iterator();
        while (all.hasNext()) {
            Waiting next = all.next();
            if (next.isOver()) {
                remove(all);
            } else if (next.sinceNanos - beforeNanos < 0) {
                remove(all);
                return next;
            }
        }
        return null;
    }

    private void remove(Iterator<Waiting> at) {
        at.remove();
        slots.dequeue();
    }
}
