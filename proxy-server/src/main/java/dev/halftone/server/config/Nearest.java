package dev.halftone.server.config;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what somebody probably meant. Any thread. */
public final class Nearest {
    private static final int MOST_LISTED = 10;

    private Nearest() {}

    /** What to say was expected in place of a name that is not known: all, or some if they are many, and the nearest one. */
    public static String expected(String word, List<String> known) {
        int more = known.size() - MOST_LISTED;
        String near = to(word, known);
        return "one of " + String.join(", ", more <= 0 ? known : known.subList(0, MOST_LISTED))
                + (more <= 0 ? "" : " and " + more + " more")
                + (near == null ? "" : "; did you mean \"" + near + "\"?");
    }

    /** The known word within two edits (insertion, deletion, exchange), or null. */
    static @Nullable String to(String word, Collection<String> known) {
        String best = null;
        int least = 3;
        for (String candidate : known) {
            int distance =
                    distance(word.toLowerCase(java.util.Locale.ROOT), candidate.toLowerCase(java.util.Locale.ROOT));
            if (distance < least && distance < candidate.length()) {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > 2) {
            return 3;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), diagonal + change);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
