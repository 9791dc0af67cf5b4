package dev.halftone.server.notify;

import dev.halftone.server.store.StateStore.Recorded;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What one receiver is still to be told, in order, one at a time; with time as an argument. Bounded: the oldest goes first.
 * Notifier's thread only.
 */
final class Outbox {
    /** More than a person reads. */
    static final int MOST = 256;

    private final Backoff backoff;
    private final Deque<Recorded> waiting = new ArrayDeque<>();
    private long seen;
    private boolean sending;
    private int failures;
    private long notBeforeMillis;

    /** @param seen id of the last event that is done with */
    Outbox(Backoff backoff, long seen) {
        this.backoff = backoff;
        this.seen = seen;
    }

    /** An event that this receiver is not told. */
    void skip(long id) {
        seen = Math.max(seen, id);
    }

    /** @return false if an older one had to go for it */
    boolean add(Recorded recorded) {
        skip(recorded.id());
        waiting.addLast(recorded);
        if (waiting.size() <= MOST) {
            return true;
        }
        Recorded first = waiting.removeFirst();
        if (sending) {
            // The one under way may have arrived already; the next oldest goes.
            waiting.removeFirst();
            waiting.addFirst(first);
        } else {
            failures = 0;
        }
        return false;
    }

    /** The id up to which everything is delivered, given up or skipped: where to go on after a restart. */
    long mark() {
        Recorded first = waiting.peekFirst();
        return first == null ? seen : first.id() - 1;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** What is to be sent now, if anything; it is under way until one of the next two is called. */
    @Nullable
    Recorded next(long nowMillis) {
        if (sending || nowMillis < notBeforeMillis) {
            return null;
        }
        Recorded first = waiting.peekFirst();
        sending = first != null;
        return first;
    }

    void delivered() {
        finish();
        notBeforeMillis = 0;
    }

    /** @return true if it was the last try, and the message is given up */
    boolean failed(long nowMillis, long askedMillis, double chance) {
        sending = false;
        failures++;
        notBeforeMillis = nowMillis + backoff.waitMillis(failures, askedMillis, chance);
        if (failures < backoff.tries()) {
            return false;
        }
        finish();
        return true;
    }

    private void finish() {
        sending = false;
        failures = 0;
        waiting.pollFirst();
    }

    /** When {@link #next} will have something, epoch milliseconds; {@code Long.MAX_VALUE} while that depends on others. */
    long dueMillis() {
        return sending || waiting.isEmpty() ? Long.MAX_VALUE : notBeforeMillis;
    }
}
