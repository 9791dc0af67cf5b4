package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/** Finds a cookie in the value of a Cookie header (RFC 6265, 4.2.1). Any thread. */
public final class CookieHeader {
    private CookieHeader() {}

    /** The value of the first cookie of this name, without quotes around it, or null. Names compare with case. */
    public static @Nullable String first(String header, String name) {
        int at = 0;
        while (at < header.length()) {
            int end = header.indexOf(';', at);
            end = end < 0 ? header.length() : end;
            int from = at;
            while (from < end && (header.charAt(from) == ' ' || header.charAt(from) == '\t')) {
                from++;
            }
            boolean found = end - from > name.length()
                    && header.startsWith(name, from)
                    && header.charAt(from + name.length()) == '=';
            if (found) {
                return unquoted(header.substring(from + name.length() + 1, end).trim());
            }
            at = end + 1;
        }
        return null;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
