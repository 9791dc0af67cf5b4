package dev.halftone.core.routing;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from texts to values in which a part of a longer text is looked up without cutting it out. Immutable, any
 * thread.
 */
final class TextTable<T> {
    private final String[] keys;
    private final List<T> values;
    private final int[] slots;
    private final boolean ignoreCase;

    /** @param ignoreCase whether ASCII letters compare without case; keys are then given in lower case */
    TextTable(Map<String, T> entries, boolean ignoreCase) {
        this.ignoreCase = ignoreCase;
        keys = entries.keySet().toArray(new String[0]);
        values = List.copyOf(entries.values());
        slots = new int[Integer.highestOneBit(Math.max(1, keys.length)) * 4];
        for (int i = 0; i < keys.length; i++) {
            String key = ignoreCase ? keys[i].toLowerCase(Locale.ROOT) : keys[i];
            keys[i] = key;
            int slot = spread(hash(key, 0, key.length()));
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = i + 1;
        }
    }

    boolean isEmpty() {
        return keys.length == 0;
    }

    @Nullable
    T get(CharSequence text, int from, int to) {
        return keys.length == 0 ? null : get(text, from, to, hash(text, from, to));
    }

    /** With the hash that {@link #extend} has led to from 0 over the same chars. */
    @Nullable
    T get(CharSequence text, int from, int to, int hash) {
        if (keys.length == 0) {
            return null;
        }
        int slot = spread(hash);
        while (slots[slot] != 0) {
            int index = slots[slot] - 1;
            if (equals(keys[index], text, from, to)) {
                return values.get(index);
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return null;
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
        return (mixed ^ mixed >>> 16) & (slots.length - 1);
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
