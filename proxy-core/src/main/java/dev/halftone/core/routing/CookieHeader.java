package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/** Finds a cookie in the value of a Cookie header (RFC 6265, 4.2.1). Any thread. */
public final class CookieHeader {
    private CookieHeader() {}

    /** The value of the first cookie of this name, without quotes around it, or null. Names compare with case. */
    public static @Nullable String first(String header, String name) {
        long found = find(header, name);
        return found < 0 ? null : header.substring((int) (found >>> 32), (int) found);
    }

    /**
     * Where that value stands: its begin in the upper 32 bits, its end (not included) in the lower; -1 if there is none.
     * Allocates nothing.
     */
    public static long find(CharSequence header, String name) {
        int length = header.length();
        int at = 0;
        while (at < length) {
            int end = at;
            while (end < length && header.charAt(end) != ';') {
                end++;
            }
            int from = at;
            while (from < end && isSpace(header.charAt(from))) {
                from++;
            }
            if (isNamed(header, from, end, name)) {
                return value(header, from + name.length() + 1, end);
            }
            at = end + 1;
        }
        return -1;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isNamed(CharSequence header, int from, int end, String name) {
        if (end - from <= name.length() || header.charAt(from + name.length()) != '=') {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (header.charAt(from + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static long value(CharSequence header, int begin, int end) {
        int from = begin;
        int to = end;
        while (from < to && isSpace(header.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(header.charAt(to - 1))) {
            to--;
        }
        if (to - from >= 2 && header.charAt(from) == '"' && header.charAt(to - 1) == '"') {
            from++;
            to--;
        }
        return (long) from << 32 | to;
    }
}
