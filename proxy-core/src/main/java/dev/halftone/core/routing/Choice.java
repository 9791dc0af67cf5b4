package dev.halftone.core.routing;

import dev.halftone.core.Version;
import org.jspecify.annotations.Nullable;

/**
 * What the routing table decided for one request. Made once with the table and handed out again and again, so that a
 * decision allocates nothing.
 *
 * @param route the route that matched
 * @param version where the request goes
 * @param reason why
 * @param rule the name of the rule that decided or narrowed, or null
 * @param analyzed whether the outcome counts for the checks
 */
public record Choice(
        Route route,
        Version version,
        Reason reason,
        @Nullable String rule,
        boolean analyzed) {
    /** The upstream of the chosen version. */
    public Upstream upstream() {
        return version == Version.CANARY && route.gray() != null ? route.gray().canary() : route.stable();
    }
}
