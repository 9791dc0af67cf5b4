package dev.halftone.core.window;

import org.jspecify.annotations.Nullable;

/**
 * Which requests of a user count, decided before their outcome is known, so that no user decides alone about a release:
 *
 * <ul>
 *   <li>the first two in ten seconds; after one that failed none for ten seconds, since a retry says nothing new;
 *   <li>for the stop on the spot, which cannot wait until a busy user's ten seconds are over, the first in each second;
 *   <li>none any more after two failures of either kind, for at least an hour.
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
    static final int FAILURES = 2;

    /** Flag: this request counts for the checks. */
    static final int COUNTED = 1;
    /** Flag: this request counts for the stop on the spot. */
    static final int SPOTTED = 2;

    private static final int WAYS = 4;
    private static final int SETS = 1 << 14;
    private static final int COUNTERS = 1 << 18;
    private static final int TICK_SHIFT = 27;
    // A tick is 134 ms; two more than ten seconds hold, so that a window is never shorter.
    private static final long WINDOW_TICKS = (WINDOW_NANOS >> TICK_SHIFT) + 2;
    private static final long SPOT_TICKS = 8;
    private static final long TICK_MASK = (1L << 26) - 1;
    private static final long SPOT_MASK = 0xff;
    private static final int HELD = 3;

    // Hash (28 bits), tick at which the window opened (26), ticks from there to the last request that counted for the
    // stop on
    // the spot (8), requests counted in the window (2). Zero is free.
    private final long[] recent = new long[SETS * WAYS];
    // Failures of this hour in the low half of each byte, of the hour before in the high half.
    private byte @Nullable [] failures;
    private long hourNanos;
    private long newestNanos;

    /**
     * For what this request counts. Asked once for each request, when it comes.
     *
     * @return {@link #COUNTED} and {@link #SPOTTED}, or 0 for neither
     */
    int admit(long user, long nowNanos) {
        newestNanos = nowNanos;
        turnHour();
        if (isQuarantined(user)) {
            return 0;
        }
        long tick = (nowNanos >> TICK_SHIFT) & TICK_MASK;
        int slot = slot(user, tick);
        if (slot < 0) {
            return 0;
        }
        long entry = recent[slot];
        if (!isOf(entry, user) || isOver(entry, tick)) {
            recent[slot] = entry(user, tick, 1);
            return COUNTED | SPOTTED;
        }
        int count = (int) (entry & 3);
        if (count == HELD) {
            return 0;
        }
        long age = age(entry, tick);
        int flags = count < REQUESTS ? COUNTED : 0;
        // None at the window's end, so that the next window's first is a second away.
        if (age - ((entry >>> 2) & SPOT_MASK) >= SPOT_TICKS && age <= WINDOW_TICKS - SPOT_TICKS) {
            flags |= SPOTTED;
            entry = (entry & ~(SPOT_MASK << 2)) | (age << 2);
        }
        recent[slot] = entry + (flags & COUNTED);
        return flags;
    }

    boolean isQuarantined(long user) {
        byte[] present = failures;
        if (present == null) {
            return false;
        }
        int both = present[counter(user)] & 0xff;
        return (both & 15) + (both >> 4) >= FAILURES;
    }

    /** A request of this user that counted for anything has failed. */
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
        return (user & ~0xfffffffffL) | (tick << 10) | count;
    }

    private static boolean isOf(long entry, long user) {
        return (entry & 3) != 0 && (entry ^ user) >>> 36 == 0;
    }

    private static boolean isOver(long entry, long tick) {
        return (entry & 3) == 0 || age(entry, tick) >= WINDOW_TICKS;
    }

    private static long age(long entry, long tick) {
        return (tick - (entry >>> 10)) & TICK_MASK;
    }

    private static int counter(long user) {
        return (int) (user >>> 17) & (COUNTERS - 1);
    }
}
