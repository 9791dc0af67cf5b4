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
 * @param variant the side of an A/B test that the request is on, or null where none runs
 */
public record Choice(
        Route route,
        Version version,
        Reason reason,
        @Nullable String rule,
        boolean analyzed,
        @Nullable Choice twin,
        @Nullable Variant variant) {

    public Choice(
            Route route,
            Version version,
            Reason reason,
            @Nullable String rule,
            boolean analyzed,
            @Nullable Choice twin) {
        this(route, version, reason, rule, analyzed, twin, null);
    }

    public Choice(Route route, Version version, Reason reason, @Nullable String rule, boolean analyzed) {
        this(route, version, reason, rule, analyzed, null);
    }

    /** Whether chance alone put the user on this side, so that what comes of it may be compared. */
    public boolean isDrawn() {
        Gray gray = route.gray();
        return variant != null && reason == Reason.RATIO && gray != null && gray.isTesting();
    }

    /** The upstream of the chosen version or variant. */
    public Upstream upstream() {
        if (variant != null) {
            return variant.upstream();
        }
        return version == Version.CANARY && route.gray() != null ? route.gray().canary() : route.stable();
    }
}
