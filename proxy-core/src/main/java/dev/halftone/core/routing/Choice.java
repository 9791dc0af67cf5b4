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
 * @param twin the other way that the request may go besides: of a choice for the canary how stable rescues it, of one for stable
 *     how its copy goes to the canary; null where neither is wanted
 */
public record Choice(
        Route route,
        Version version,
        Reason reason,
        @Nullable String rule,
        boolean analyzed,
        @Nullable Choice twin) {

    public Choice(Route route, Version version, Reason reason, @Nullable String rule, boolean analyzed) {
        this(route, version, reason, rule, analyzed, null);
    }

    /** The upstream of the chosen version. */
    public Upstream upstream() {
        return version == Version.CANARY && route.gray() != null ? route.gray().canary() : route.stable();
    }
}
