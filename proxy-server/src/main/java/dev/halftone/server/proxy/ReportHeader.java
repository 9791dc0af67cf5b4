package dev.halftone.server.proxy;

import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.server.http1.ResponseHead;
import java.util.List;

/**
 * Reads what a service reports in a header of its answer, as {@code click=1, ad=0}: 1 for what happened, 0 for what could have
 * and did not. Names that are not declared, other values and whatever else is no such list are passed over; of a name that comes
 * twice the first counts. Allocates nothing. Event loop only.
 */
final class ReportHeader {
    /** Nothing was reported. */
    static final long NOTHING = 0;

    private static final int HALF = 32;

    private ReportHeader() {}

    /** @return to ask with {@link #trials} and {@link #hits} */
    static long read(ResponseHead head, CustomMetrics metrics) {
        String header = metrics.header();
        if (header == null) {
            return NOTHING;
        }
        long reported = NOTHING;
        int count = head.fieldCount();
        for (int i = 0; i < count; i++) {
            if (head.isNamed(i, header)) {
                reported = parse(head.value(i), metrics.names(), reported);
            }
        }
        return reported;
    }

    /** One bit for each metric that was reported, in the order of the names. */
    static int trials(long reported) {
        return (int) reported;
    }

    /** Those of them that happened. */
    static int hits(long reported) {
        return (int) (reported >>> HALF);
    }

    /** @param before what was reported before this value */
    static long parse(CharSequence value, List<String> names, long before) {
        long reported = before;
        int end = value.length();
        int from = 0;
        while (from < end) {
            int to = from;
            while (to < end && value.charAt(to) != ',') {
                to++;
            }
            reported = parseItem(value, from, to, names, reported);
            from = to + 1;
        }
        return reported;
    }

    private static long parseItem(CharSequence value, int begin, int end, List<String> names, long before) {
        int from = begin;
        int to = end;
        while (from < to && isSpace(value.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(value.charAt(to - 1))) {
            to--;
        }
        if (to - from < 3 || value.charAt(to - 2) != '=') {
            return before;
        }
        char outcome = value.charAt(to - 1);
        int metric = outcome == '0' || outcome == '1' ? indexOf(value, from, to - 2, names) : -1;
        if (metric < 0 || (before >>> metric & 1) != 0) {
            return before;
        }
        long trial = 1L << metric;
        return outcome == '1' ? before | trial | trial << HALF : before | trial;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static int indexOf(CharSequence value, int from, int to, List<String> names) {
        for (int metric = 0; metric < names.size(); metric++) {
            if (isName(value, from, to, names.get(metric))) {
                return metric;
            }
        }
        return -1;
    }

    private static boolean isName(CharSequence value, int from, int to, String name) {
        if (to - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (value.charAt(from + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
