package dev.halftone.core.analysis;

import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.OutcomesSum;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.UsersSum;
import dev.halftone.core.window.VersionSlice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The slices of one version over the last so many seconds. One thread. */
final class SlidingWindow {
    private final long windowNanos;
    private final Deque<Entry> slices = new ArrayDeque<>();
    private long heldNanos;
    private final OutcomesSum counted = new OutcomesSum();
    private final OutcomesSum beyond = new OutcomesSum();
    private final UsersSum users = new UsersSum();
    private @Nullable Point whole;
    private int reporting;

    private record Entry(VersionSlice slice, long nanos) {}

    SlidingWindow(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    void add(VersionSlice slice, long nanos) {
        whole = null;
        slices.addLast(new Entry(slice, nanos));
        reporting += slice.reported().isEmpty() ? 0 : 1;
        counted.add(slice.counted());
        beyond.add(slice.beyond());
        users.add(slice.users());
        heldNanos += nanos;
        while (slices.size() > 1 && heldNanos - slices.getFirst().nanos >= windowNanos) {
            Entry gone = slices.removeFirst();
            reporting -= gone.slice.reported().isEmpty() ? 0 : 1;
            counted.remove(gone.slice.counted());
            beyond.remove(gone.slice.beyond());
            users.remove(gone.slice.users());
            heldNanos -= gone.nanos;
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
        Point present = whole;
        if (present == null) {
            present = new Point(heldNanos, counted.toOutcomes(), beyond.toOutcomes(), users.toUsers());
            whole = present;
        }
        return present;
    }

    /** What was reported in all of it, by name. */
    Map<String, Reported> reported() {
        if (reporting == 0) {
            return Map.of();
        }
        Map<String, Reported> sum = new HashMap<>();
        for (Entry entry : slices) {
            entry.slice.reported().forEach((name, counts) -> sum.merge(name, counts, Reported::plus));
        }
        return sum;
    }

    int size() {
        return slices.size();
    }

    /** The newest slices that hold so much time, rounded up to whole ones, or all, as one point. */
    Point last(long nanos) {
        int most = 0;
        long held = 0;
        Iterator<Entry> newestFirst = slices.descendingIterator();
        while (held < nanos && newestFirst.hasNext()) {
            held += newestFirst.next().nanos;
            most++;
        }
        return newest(most);
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
