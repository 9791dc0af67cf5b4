package dev.halftone.core.window;

import org.jspecify.annotations.Nullable;

/** A union of users to which parts are added and from which they are taken away again; of at most 65,535 parts. One thread. */
public final class UsersSum {
    private final long[] words = new long[UserBits.BITS / Long.SIZE];
    // In how many parts each bit is set; made with the first user.
    private char @Nullable [] parts;

    public void add(UserBits part) {
        change(part, 1);
    }

    public void remove(UserBits part) {
        change(part, -1);
    }

    private void change(UserBits part, int sign) {
        if (part.isEmpty()) {
            return;
        }
        char[] counts = parts;
        if (counts == null) {
            counts = new char[UserBits.BITS];
            parts = counts;
        }
        for (int i = 0; i < words.length; i++) {
            for (long left = part.word(i); left != 0; left &= left - 1) {
                int bit = i * Long.SIZE + Long.numberOfTrailingZeros(left);
                counts[bit] = (char) (counts[bit] + sign);
                words[i] = counts[bit] == 0 ? words[i] & ~(1L << bit) : words[i] | 1L << bit;
            }
        }
    }

    public UserBits toUsers() {
        return UserBits.ofWords(words);
    }
}
