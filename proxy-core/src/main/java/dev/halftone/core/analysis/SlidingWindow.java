package dev.halftone.core.analysis;

import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.VersionSlice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The slices of one version over the last so many seconds. One thread. */
final class SlidingWindow {
    private final long windowNanos;
    private final Deque<Entry> slices = new ArrayDeque<>();
    private long heldNanos;

    private record Entry(VersionSlice slice, long nanos) {}

    SlidingWindow(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    void add(VersionSlice slice, long nanos) {
        slices.addLast(new Entry(slice, nanos));
        heldNanos += nanos;
        while (slices.size() > 1 && heldNanos - slices.getFirst().nanos >= windowNanos) {
            heldNanos -= slices.removeFirst().nanos;
        }
    }

    long windowNanos() {
        return windowNanos;
    }

    /** Whether a whole window has passed. */
    boolean isFull() {
        return heldNanos >= windowNanos;
    }

    Point whole() {
        return newest(Integer.MAX_VALUE);
    }

    int size() {
        return slices.size();
    }

    /** The newest slices, at most so many, as one point. */
    Point newest(int most) {
        List<Outcomes> counted = new ArrayList<>();
        List<Outcomes> beyond = new ArrayList<>();
        UserBits users = UserBits.NONE;
        long nanos = 0;
        Iterator<Entry> newestFirst = slices.descendingIterator();
        for (int i = 0; i < most && newestFirst.hasNext(); i++) {
            Entry entry = newestFirst.next();
            nanos += entry.nanos;
            counted.add(entry.slice.counted());
            beyond.add(entry.slice.beyond());
            users = users.plus(entry.slice.users());
        }
        return new Point(nanos, Outcomes.sum(counted), Outcomes.sum(beyond), users);
    }
}
