package dev.halftone.core.window;

import org.jspecify.annotations.Nullable;

/**
 * Which requests of a user count, decided before their outcome is known, so that no user decides alone about a release:
 *
 * <ul>
 *   <li>the first two in ten seconds; after one that failed none for ten seconds, since a retry says nothing new;
 *   <li>none any more after three counted failures, for at least an hour.
 * </ul>
 *
 * <p>Of fixed size, allocates nothing once made, and where it has to forget or confuses users it counts less, never more: a set
 * of the first table that is full of users seen in the last ten seconds counts no others, and users that share a counter of
 * failures share its end. One event loop; a user who comes over several loops counts on each.
 */
final class UserCaps {
    static final long WINDOW_NANOS = 10_000_000_000L;
    static final long QUARANTINE_NANOS = 3_600_000_000_000L;
    static final int REQUESTS = 2;
    static final int FAILURES = 3;

    private static final int WAYS = 4;
    private static final int SETS = 1 << 14;
    private static final int COUNTERS = 1 << 18;
    private static final int TICK_SHIFT = 27;
    // A tick is 134 ms; two more than ten seconds hold, so that a window is never shorter.
    private static final long WINDOW_TICKS = (WINDOW_NANOS >> TICK_SHIFT) + 2;
    private static final long TICK_MASK = (1L << 30) - 1;
    private static final int HELD = 3;

    // Hash (32 bits), tick at which the window opened (30), requests counted in it (2). Zero is free.
    private final long[] recent = new long[SETS * WAYS];
    // Failures of this hour in the low half of each byte, of the hour before in the high half.
    private byte @Nullable [] failures;
    private long hourNanos;
    private long newestNanos;

    /** Whether this request counts. Asked once for each request, when it comes. */
    boolean admit(long user, long nowNanos) {
        newestNanos = nowNanos;
        turnHour();
        if (isQuarantined(user)) {
            return false;
        }
        long tick = (nowNanos >> TICK_SHIFT) & TICK_MASK;
        int slot = slot(user, tick);
        if (slot < 0) {
            return false;
        }
        long entry = recent[slot];
        boolean fresh = !isOf(entry, user) || isOver(entry, tick);
        long count = fresh ? 0 : entry & 3;
        if (count >= REQUESTS) {
            return false;
        }
        recent[slot] = fresh ? entry(user, tick, 1) : entry + 1;
        return true;
    }

    boolean isQuarantined(long user) {
        byte[] present = failures;
        if (present == null) {
            return false;
        }
        int both = present[counter(user)] & 0xff;
        return (both & 15) + (both >> 4) >= FAILURES;
    }

    /** A counted request of this user has failed. */
    void failed(long user) {
        byte[] present = failures;
        if (present == null) {
            present = new byte[COUNTERS];
            failures = present;
            hourNanos = newestNanos;
        }
        int at = counter(user);
        if ((present[at] & 15) < 15) {
            present[at]++;
        }
        long tick = (newestNanos >> TICK_SHIFT) & TICK_MASK;
        int slot = slot(user, tick);
        if (slot >= 0) {
            recent[slot] = entry(user, tick, HELD);
        }
    }

    private void turnHour() {
        byte[] counters = failures;
        if (counters == null || newestNanos - hourNanos < QUARANTINE_NANOS) {
            return;
        }
        boolean forget = newestNanos - hourNanos >= 2 * QUARANTINE_NANOS;
        for (int i = 0; i < counters.length; i++) {
            counters[i] = forget ? 0 : (byte) (counters[i] << 4);
        }
        hourNanos = newestNanos;
    }

    /** Where this user is or may be put; -1 if its set is full of others whose windows are open. */
    private int slot(long user, long tick) {
        int first = (int) ((user >>> 3) & (SETS - 1)) * WAYS;
        int free = -1;
        for (int slot = first; slot < first + WAYS; slot++) {
            long entry = recent[slot];
            if (isOf(entry, user)) {
                return slot;
            }
            if (free < 0 && isOver(entry, tick)) {
                free = slot;
            }
        }
        return free;
    }

    private static long entry(long user, long tick, int count) {
        return (user & 0xffffffff00000000L) | (tick << 2) | count;
    }

    private static boolean isOf(long entry, long user) {
        return (entry & 3) != 0 && (entry ^ user) >>> 32 == 0;
    }

    private static boolean isOver(long entry, long tick) {
        return (entry & 3) == 0 || ((tick - (entry >>> 2)) & TICK_MASK) >= WINDOW_TICKS;
    }

    private static int counter(long user) {
        return (int) (user >>> 17) & (COUNTERS - 1);
    }
}
