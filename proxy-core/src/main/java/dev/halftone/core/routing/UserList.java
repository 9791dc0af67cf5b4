package dev.halftone.core.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A set of user keys, of which only keyed 64-bit hashes are kept: 12 bytes for each, whatever their length, in one array with
 * open addressing. A key that is not on a list of n is taken for one with a chance of n / 2^64, one in 18 million million for a
 * million; as the hash is keyed, nobody can look for such a key from outside. Immutable, any thread.
 */
public final class UserList {
    /** As everywhere else, a longer key is none. */
    public static final int MAX_KEY_BYTES = 256;

    private static final long FREE = 0;

    private final String name;
    private final SipHash hash;
    private final long[] slots;
    private final int size;

    private UserList(String name, SipHash hash, long[] hashes, int count) {
        this.name = name;
        this.hash = hash;
        slots = new long[(int) Math.min(Integer.MAX_VALUE - 8, count * 3L / 2 + 2)];
        int distinct = 0;
        for (int i = 0; i < count; i++) {
            distinct += insert(hashes[i]) ? 1 : 0;
        }
        size = distinct;
    }

    private boolean insert(long value) {
        int slot = slot(value);
        while (slots[slot] != FREE) {
            if (slots[slot] == value) {
                return false;
            }
            slot = slot + 1 == slots.length ? 0 : slot + 1;
        }
        slots[slot] = value;
        return true;
    }

    private int slot(long value) {
        return (int) (((value >>> 32) * slots.length) >>> 32);
    }

    private static long notFree(long value) {
        return value == FREE ? 1 : value;
    }

    /** What keys the hashes of this list; lists that are asked for the same request share one object. */
    SipHash hash() {
        return hash;
    }

    /** @param hashed the user key's hash under {@link #hash} */
    boolean contains(long hashed) {
        long value = notFree(hashed);
        int slot = slot(value);
        while (slots[slot] != FREE) {
            if (slots[slot] == value) {
                return true;
            }
            slot = slot + 1 == slots.length ? 0 : slot + 1;
        }
        return false;
    }

    /** Where it came from, as the configuration names it. */
    public String name() {
        return name;
    }

    /** How many different users are on it. */
    public int size() {
        return size;
    }

    /** Bytes that it takes. */
    public long bytes() {
        return 8L * slots.length;
    }

    @Override
    public String toString() {
        return name + " (" + size + " users)";
    }

    /** The key under which lists hash their users. One for each process, so that a rule's lists can share a hash. Any thread. */
    public static final class Key {
        private final SipHash hash;

        /** @param secret 16 random bytes */
        public Key(byte[] secret) {
            hash = new SipHash(secret);
        }
    }

    /** Takes users one by one. One thread. */
    public static final class Builder {
        private final String name;
        private final SipHash hash;
        private final Bytes bytes = new Bytes();
        private long[] hashes = new long[1024];
        private int count;

        public Builder(String name, Key key) {
            this.name = name;
            this.hash = key.hash;
        }

        /** Adds the user key that stands in these bytes. */
        public void add(byte[] source, int from, int to) {
            if (count == hashes.length) {
                hashes = Arrays.copyOf(hashes, count + (count >> 1));
            }
            hashes[count++] = notFree(hash.hash(bytes.set(source, from, to)));
        }

        public UserList build() {
            return new UserList(name, hash, hashes, count);
        }
    }

    /** A part of an array as a byte string. */
    private static final class Bytes implements CharSequence {
        private byte[] source = new byte[0];
        private int from;
        private int to;

        Bytes set(byte[] bytes, int begin, int end) {
            source = bytes;
            from = begin;
            to = end;
            return this;
        }

        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            return (char) (source[from + index] & 0xff);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Bytes().set(source, from + start, from + end);
        }

        @Override
        public String toString() {
            return new String(source, from, to - from, StandardCharsets.ISO_8859_1);
        }
    }
}
