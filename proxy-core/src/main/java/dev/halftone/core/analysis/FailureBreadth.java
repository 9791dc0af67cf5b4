package dev.halftone.core.analysis;

import dev.halftone.core.window.FailingUsers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether failures are many users' or a few's: over half an hour, or the newest {@value #MOST_FAILURES} failures. One thread.
 */
final class FailureBreadth {
    static final int LEAST_USERS = 4;
    private static final int MOST_FAILURES = 4096;
    private static final long SPAN_NANOS = 1_800_000_000_000L;

    private final double maxShare;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final Map<Long, Integer> failures = new HashMap<>();
    private long anonymous;
    private long known;
    private long clockNanos;

    private record Entry(long atNanos, FailingUsers failing) {}

    /** @param maxShare of the failures that one user may have, above 0 */
    FailureBreadth(double maxShare) {
        this.maxShare = maxShare;
    }

    /** Takes the failures of a slice. */
    void add(FailingUsers failing, long nanos) {
        clockNanos += nanos;
        if (failing.failures() > 0) {
            entries.addLast(new Entry(clockNanos, failing));
            failing.addTo(failures);
            anonymous += failing.anonymous();
            known += failing.failures() - failing.anonymous();
        }
        while (!entries.isEmpty() && isOver(entries.getFirst())) {
            FailingUsers gone = entries.removeFirst().failing;
            for (long user : gone.hashes()) {
                failures.computeIfPresent(user, (hash, count) -> count == 1 ? null : count - 1);
            }
            anonymous -= gone.anonymous();
            known -= gone.failures() - gone.anonymous();
        }
    }

    private boolean isOver(Entry oldest) {
        boolean crowded = known + anonymous - oldest.failing.failures() >= MOST_FAILURES;
        return crowded || clockNanos - oldest.atNanos > SPAN_NANOS;
    }

    /** How many users failed. */
    long users() {
        return failures.size() + anonymous;
    }

    /** How many failures one user had at most. */
    long most() {
        int most = anonymous > 0 ? 1 : 0;
        for (int count : failures.values()) {
            most = Math.max(most, count);
        }
        return most;
    }

    long failures() {
        return known + anonymous;
    }

    /** Whether enough users failed, none with more than its share. */
    boolean isBroad() {
        return users() >= LEAST_USERS && most() <= maxShare * failures() + 1e-9;
    }
}
