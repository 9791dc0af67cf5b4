package dev.halftone.core.routing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings paths to the one form that rules are matched against; requests are forwarded as they came. Any thread. */
public final class NormalizedPath {
    private NormalizedPath() {}

    /**
     * Unreserved characters are decoded, other escapes written in upper case, dot segments removed and slashes merged
     * (RFC 3986, 6.2.2). A path that needs none of this is returned as it is.
     *
     * @param raw the path without query, as sent
     * @return null for what could mean two things: {@code %00}, {@code %2F}, {@code %5C}, a bad escape, a backslash, or
     *     {@code ..} that leaves the root
     */
    public static @Nullable String of(String raw) {
        return of(raw, false);
    }

    /**
     * The same, where it is asked for with {@code %2F} and {@code %5C} as characters like any other: they stay escaped.
     */
    public static @Nullable String of(String raw, boolean allowEncodedSlash) {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            return null;
        }
        if (isPlain(raw)) {
            return raw;
        }
        String decoded = decode(raw, allowEncodedSlash);
        return decoded == null ? null : removeDots(decoded);
    }

    private static boolean isPlain(String raw) {
        char before = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c == '\\' || (before == '/' && (c == '/' || c == '.'))) {
                return false;
            }
            before = c;
        }
        return true;
    }

    private static @Nullable String decode(String raw, boolean allowEncodedSlash) {
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '\\') {
                return null;
            }
            if (c != '%') {
                out.append(c);
                continue;
            }
            int value = i + 2 < raw.length() ? hex(raw.charAt(i + 1)) << 4 | hex(raw.charAt(i + 2)) : -1;
            if (value <= 0 || (!allowEncodedSlash && (value == '/' || value == '\\'))) {
                return null;
            }
            if (isUnreserved((char) value)) {
                out.append((char) value);
            } else {
                out.append('%').append(upper(raw.charAt(i + 1))).append(upper(raw.charAt(i + 2)));
            }
            i += 2;
        }
        return out.toString();
    }

    /** The digit's value, or a negative number that stays negative when combined. */
    private static int hex(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private static char upper(char c) {
        return c >= 'a' && c <= 'f' ? (char) (c - 32) : c;
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    private static @Nullable String removeDots(String path) {
        List<String> kept = new ArrayList<>();
        String[] segments = path.split("/", -1);
        for (String segment : segments) {
            if (segment.equals("..")) {
                if (kept.isEmpty()) {
                    return null;
                }
                kept.remove(kept.size() - 1);
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.add(segment);
            }
        }
        String last = segments[segments.length - 1];
        boolean endsWithSlash = last.isEmpty() || last.equals(".") || last.equals("..");
        String joined = "/" + String.join("/", kept);
        return endsWithSlash && !kept.isEmpty() ? joined + "/" : joined;
    }
}
