package dev.halftone.core.routing;

/**
 * A country or one of its subdivisions (ISO 3166-1 alpha-2, ISO 3166-2) as one number, so that a request's region is compared
 * without a text being made: five digits of base 37, two for the country, three for the subdivision, 0 for no character. Any
 * thread.
 */
public final class RegionCode {
    public static final int UNKNOWN = 0;
    private static final int BASE = 37;
    private static final int SUBDIVISIONS = BASE * BASE * BASE;
    private static final int COUNTRY_CHARS = 2;
    private static final int MOST_CHARS = 6;

    private RegionCode() {}

    /** Reads {@code CN} or {@code CN-BJ}, letters in either case; UNKNOWN for anything else. Allocates nothing. */
    public static int parse(CharSequence text) {
        int length = text.length();
        if (length != COUNTRY_CHARS && (length <= COUNTRY_CHARS + 1 || length > MOST_CHARS || text.charAt(2) != '-')) {
            return UNKNOWN;
        }
        int code = 0;
        for (int i = 0; i < MOST_CHARS; i++) {
            if (i == COUNTRY_CHARS) {
                continue;
            }
            int digit = i < length ? digit(text.charAt(i)) : 0;
            boolean wrong = i < COUNTRY_CHARS ? digit == 0 || digit > 26 : i < length && digit == 0;
            if (wrong) {
                return UNKNOWN;
            }
            code = code * BASE + digit;
        }
        return code;
    }

    private static int digit(char c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A' + 1;
        } else if (c >= 'a' && c <= 'z') {
            return c - 'a' + 1;
        }
        return c >= '0' && c <= '9' ? c - '0' + 27 : 0;
    }

    /** The code of the country that this one lies in or is. */
    public static int country(int code) {
        return code / SUBDIVISIONS * SUBDIVISIONS;
    }

    /** The text of a code that is not UNKNOWN. */
    public static String text(int code) {
        StringBuilder text = new StringBuilder();
        int place = SUBDIVISIONS * BASE;
        for (int i = 0; i < MOST_CHARS - 1; i++, place /= BASE) {
            int digit = code / place % BASE;
            if (i == COUNTRY_CHARS && digit > 0) {
                text.append('-');
            }
            if (digit > 0) {
                text.append((char) (digit <= 26 ? 'A' + digit - 1 : '0' + digit - 27));
            }
        }
        return text.toString();
    }
}
