package dev.halftone.server.proxy;

import dev.halftone.core.routing.Upstream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The connections that one upstream may have in the whole process, and the places to wait for one. A loop comes here to open
 * or close a connection, or when a request must wait; not for a request that finds an idle connection. A loop that gets no
 * connection stands in line: the next that closes anywhere is its own, and loops with more than their share close one. Any
 * thread; its lock guards all but {@link #wanted}, which is for a look without it.
 */
final class ConnectionSlots {
    private final int max;
    private final int maxPending;
    private final int share;
    private final List<Owner> owners = new ArrayList<>();
    private final Deque<Owner> line = new ArrayDeque<>();
    private volatile int wanted;
    private int open;
    private int connecting;
    private int pending;
    private long rejected;

    /** One loop's pool. Called on any thread. */
    interface Owner {
        /** A connection may be opened, or {@link ConnectionSlots#close} called. */
        void slotGranted();

        /** Another loop needs a connection: an idle one would do. */
        void slotWanted();
    }

    ConnectionSlots(Upstream.Pool limits, int loops) {
        this.max = limits.maxConnections();
        this.maxPending = limits.maxPending();
        this.share = max / loops;
    }

    synchronized void join(Owner owner) {
        owners.add(owner);
    }

    synchronized void leave(Owner owner) {
        owners.remove(owner);
        withdraw(owner);
    }

    /** Takes leave to open a connection, or a place in the line; then {@link Owner#slotGranted} follows. */
    synchronized boolean take(Owner owner) {
        if (open < max) {
            open++;
            connecting++;
            return true;
        }
        if (!line.contains(owner)) {
            line.add(owner);
            wanted = line.size();
            for (Owner other : owners) {
                if (other != owner) {
                    other.slotWanted();
                }
            }
        }
        return false;
    }

    /** Gives up the place in the line. */
    synchronized void withdraw(Owner owner) {
        line.remove(owner);
        wanted = line.size();
    }

    /** A connection that was taken is open. */
    synchronized void connected() {
        connecting--;
    }

    /** A connection is closed, or could not be opened. */
    synchronized void close(boolean wasConnecting) {
        connecting -= wasConnecting ? 1 : 0;
        Owner next = line.poll();
        if (next == null) {
            open--;
            return;
        }
        wanted = line.size();
        connecting++;
        next.slotGranted();
    }

    /** How many loops stand in line. */
    int wanted() {
        return wanted;
    }

    /** Connections that a loop may keep although others stand in line. */
    int share() {
        return share;
    }

    /** Takes a place to wait, unless all are taken. Places beyond maxPending are for connections that can be opened. */
    synchronized boolean enqueue() {
        if (pending >= maxPending + connecting + Math.max(0, max - open)) {
            rejected++;
            return false;
        }
        pending++;
        return true;
    }

    synchronized void dequeue() {
        pending--;
    }

    /** A request waited in vain. */
    synchronized void countRejected() {
        rejected++;
    }

    /** Open connections, those being opened too. */
    synchronized int open() {
        return open;
    }

    synchronized int pending() {
        return pending;
    }

    synchronized long rejected() {
        return rejected;
    }
}
