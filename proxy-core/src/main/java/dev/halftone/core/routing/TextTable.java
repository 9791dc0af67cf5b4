package dev.halftone.core.routing;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from texts to values in which a part of a longer text is looked up without cutting it out. Immutable, any
 * thread.
 */
final class TextTable<T> {
    private final int size;
    // By slot: the key's hash, 0 where it is free; and the key and its value beside each other.
    private final int[] hashes;
    private final Object[] entries;
    private final boolean ignoreCase;

    /** @param ignoreCase whether ASCII letters compare without case */
    TextTable(Map<String, T> given, boolean ignoreCase) {
        this.ignoreCase = ignoreCase;
        size = given.size();
        hashes = new int[Integer.highestOneBit(Math.max(1, size)) * 4];
        entries = new Object[hashes.length * 2];
        given.forEach((name, value) -> {
            String key = ignoreCase ? name.toLowerCase(Locale.ROOT) : name;
            int hash = marked(hash(key, 0, key.length()));
            int slot = spread(hash);
            while (hashes[slot] != 0) {
                slot = (slot + 1) & (hashes.length - 1);
            }
            hashes[slot] = hash;
            entries[slot * 2] = key;
            entries[slot * 2 + 1] = value;
        });
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    T get(CharSequence text, int from, int to) {
        return size == 0 ? null : get(text, from, to, hash(text, from, to));
    }

    /** With the hash that {@link #extend} has led to from 0 over the same chars. */
    @Nullable
    @SuppressWarnings("unchecked") // the constructor puts nothing else there
    T get(CharSequence text, int from, int to, int unmarked) {
        int hash = marked(unmarked);
        int slot = spread(hash);
        while (hashes[slot] != 0) {
            if (hashes[slot] == hash && equals((String) entries[slot * 2], text, from, to)) {
                return (T) entries[slot * 2 + 1];
            }
            slot = (slot + 1) & (hashes.length - 1);
        }
        return null;
    }

    private static int marked(int hash) {
        return hash == 0 ? 1 : hash;
    }

    static int extend(int hash, char c) {
        return hash * 31 + c;
    }

    private int hash(CharSequence text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = extend(hash, fold(text.charAt(i)));
        }
        return hash;
    }

    private int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ mixed >>> 16) & (hashes.length - 1);
    }

    private char fold(char c) {
        return ignoreCase && c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    private boolean equals(String key, CharSequence text, int from, int to) {
        if (key.length() != to - from) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            if (key.charAt(i) != fold(text.charAt(from + i))) {
                return false;
            }
        }
        return true;
    }
}
