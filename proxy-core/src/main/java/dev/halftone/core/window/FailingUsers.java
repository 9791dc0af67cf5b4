package dev.halftone.core.window;

import java.util.Arrays;
import java.util.Map;

/** Whose counted requests failed, each failure once: by hash where the user is known. Immutable. */
public final class FailingUsers {
    public static final FailingUsers NONE = new FailingUsers(new long[0], 0);

    private final long[] hashes;
    private final long anonymous;

    private FailingUsers(long[] hashes, long anonymous) {
        this.hashes = hashes;
        this.anonymous = anonymous;
    }

    /**
     * @param hashes of the users, one for each failure, in any order
     * @param anonymous failures of requests that carry no user key, each taken for a user of its own
     */
    public static FailingUsers of(long[] hashes, long anonymous) {
        if (hashes.length == 0 && anonymous == 0) {
            return NONE;
        }
        long[] sorted = hashes.clone();
        Arrays.sort(sorted);
        return new FailingUsers(sorted, anonymous);
    }

    /** How many failures this holds. */
    public long failures() {
        return hashes.length + anonymous;
    }

    public long anonymous() {
        return anonymous;
    }

    /** One for each failure of a known user, ascending. */
    public long[] hashes() {
        return hashes.clone();
    }

    /** Adds each known user's failures to a tally. */
    public void addTo(Map<Long, Integer> tally) {
        for (long hash : hashes) {
            tally.merge(hash, 1, Integer::sum);
        }
    }

    public FailingUsers plus(FailingUsers other) {
        if (other.failures() == 0) {
            return this;
        }
        if (failures() == 0) {
            return other;
        }
        long[] both = Arrays.copyOf(hashes, hashes.length + other.hashes.length);
        System.arraycopy(other.hashes, 0, both, hashes.length, other.hashes.length);
        return of(both, anonymous + other.anonymous);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FailingUsers that && anonymous == that.anonymous && Arrays.equals(hashes, that.hashes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hashes) * 31 + Long.hashCode(anonymous);
    }

    @Override
    public String toString() {
        return failures() + " failures";
    }
}
