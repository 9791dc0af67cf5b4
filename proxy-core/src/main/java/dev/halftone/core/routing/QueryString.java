package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/** Finds a parameter in a query string as forms send it (WHATWG URL, 5.1). Any thread. */
public final class QueryString {
    private QueryString() {}

    /** The decoded value of the first parameter of this name as a byte string, or null. Names compare with case. */
    public static @Nullable String first(String query, String name) {
        int at = 0;
        while (at <= query.length()) {
            int end = query.indexOf('&', at);
            end = end < 0 ? query.length() : end;
            int equals = query.indexOf('=', at);
            int nameEnd = equals < 0 || equals > end ? end : equals;
            if (nameEnd > at && decoded(query.substring(at, nameEnd)).equals(name)) {
                return nameEnd == end ? "" : decoded(query.substring(nameEnd + 1, end));
            }
            at = end + 1;
        }
        return null;
    }

    /** An escape that is none stays as it is. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int value = c == '%' && i + 2 < text.length()
                    ? Character.digit(text.charAt(i + 1), 16) << 4 | Character.digit(text.charAt(i + 2), 16)
                    : -1;
            if (value >= 0) {
                out.append((char) value);
                i += 2;
            } else {
                out.append(c == '+' ? ' ' : c);
            }
        }
        return out.toString();
    }
}
