package dev.halftone.core.analysis;

import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.window.FailingUsers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose counted requests failed lately, each failure with its time; the newest {@value #KEPT}. One thread. */
final class RecentFailures {
    static final int KEPT = 1024;
    private static final int TOP = 5;
    private static final int FIRST_KEPT = 16;
    /** In place of a user who is not known. */
    private static final long NOBODY = 0;

    private long[] users = new long[FIRST_KEPT];
    private long[] atNanos = new long[FIRST_KEPT];
    private long count;

    /** @param nowNanos when the slice ended, on the caller's clock */
    void add(FailingUsers failing, long nowNanos) {
        for (long user : failing.hashes()) {
            add(user, nowNanos);
        }
        for (long i = Math.min(KEPT, failing.anonymous()); i > 0; i--) {
            add(NOBODY, nowNanos);
        }
    }

    private void add(long user, long nowNanos) {
        if (count == users.length && count < KEPT) {
            users = Arrays.copyOf(users, users.length * 2);
            atNanos = Arrays.copyOf(atNanos, users.length);
        }
        int at = (int) (count % users.length);
        users[at] = user;
        atNanos[at] = nowNanos;
        count++;
    }

    /**
     * @param users how many different ones
     * @param top those with most failures, most first; nobody who is not known
     */
    record Who(long users, List<Contributor> top) {}

    /** Who failed in slices that ended later than this. */
    Who after(long nanos) {
        Map<Long, Integer> tally = new HashMap<>();
        long failures = 0;
        long unknown = 0;
        for (int i = 0; i < Math.min(count, users.length); i++) {
            if (atNanos[i] > nanos) {
                failures++;
                if (users[i] == NOBODY) {
                    unknown++;
                } else {
                    tally.merge(users[i], 1, Integer::sum);
                }
            }
        }
        double all = failures;
        List<Contributor> top = tally.entrySet().stream()
                .sorted(Map.Entry.<Long, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(TOP)
                .map(entry -> new Contributor(name(entry.getKey()), entry.getValue(), entry.getValue() / all))
                .toList();
        return new Who(tally.size() + unknown, top);
    }

    /** The upper 48 bits: enough to tell users apart. */
    private static String name(long hash) {
        return String.format(java.util.Locale.ROOT, "%012x", hash >>> 16);
    }
}
