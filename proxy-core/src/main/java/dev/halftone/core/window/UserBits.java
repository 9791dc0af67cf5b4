package dev.halftone.core.window;

import java.util.Arrays;

/**
 * Which users were seen, as one bit for each of {@value #BITS} classes of hashes, from which their number is estimated (linear
 * counting: Whang, Vander-Zanden and Taylor 1990). Within some 5 % up to 2000 users; more than 7000 read as 7000. Immutable.
 */
public final class UserBits {
    static final int BITS = 1024;
    public static final UserBits NONE = new UserBits(new long[BITS / Long.SIZE]);

    private final long[] words;

    private final int set;

    private UserBits(long[] words) {
        this.words = words;
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        set = count;
    }

    static UserBits ofWords(long[] words) {
        for (long word : words) {
            if (word != 0) {
                return new UserBits(words.clone());
            }
        }
        return NONE;
    }

    /** The users with these hashes. */
    public static UserBits of(long... hashes) {
        if (hashes.length == 0) {
            return NONE;
        }
        long[] words = new long[BITS / Long.SIZE];
        for (long hash : hashes) {
            words[bit(hash) >>> 6] |= 1L << bit(hash);
        }
        return ofWords(words);
    }

    static int bit(long hash) {
        return (int) (hash >>> 20) & (BITS - 1);
    }

    public boolean isEmpty() {
        return set == 0;
    }

    public UserBits plus(UserBits other) {
        if (other.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return other;
        }
        if (holds(other)) {
            return this;
        }
        long[] both = words.clone();
        for (int i = 0; i < both.length; i++) {
            both[i] |= other.words[i];
        }
        return new UserBits(both);
    }

    private boolean holds(UserBits other) {
        for (int i = 0; i < words.length; i++) {
            if ((other.words[i] & ~words[i]) != 0) {
                return false;
            }
        }
        return true;
    }

    long word(int i) {
        return words[i];
    }

    /** How many users, estimated. */
    public long estimate() {
        double clear = Math.max(1, BITS - set);
        return Math.round(BITS * Math.log(BITS / clear));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UserBits that && Arrays.equals(words, that.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return "about " + estimate() + " users";
    }
}
