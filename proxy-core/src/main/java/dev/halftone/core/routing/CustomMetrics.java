package dev.halftone.core.routing;

import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a route's services may report beside their answers. Immutable.
 *
 * @param header the response header in which they do, or null if only the admin API is used
 * @param names of the metrics, 1..{@value #MOST} different ones; nothing else is taken
 */
public record CustomMetrics(@Nullable String header, List<String> names) {
    /** As many as fit into one half of a {@code long}. */
    public static final int MOST = 32;

    public CustomMetrics {
        names = List.copyOf(names);
        if (names.isEmpty() || names.size() > MOST || new HashSet<>(names).size() != names.size()) {
            throw new IllegalArgumentException("metrics " + names + " (expected: 1.." + MOST + " different names)");
        }
    }
}
