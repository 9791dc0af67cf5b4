package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/**
 * One route: what it matches and where its requests go.
 *
 * @param id small dense number that stays with the route's name for the life of the process; counters are indexed by it
 * @param gray the release's part, or null if only stable is served
 */
public record Route(
        int id,
        String name,
        RequestMatch match,
        Upstream stable,
        @Nullable Gray gray,
        Forwarding forwarding) {

    public Route withGray(@Nullable Gray newGray) {
        return new Route(id, name, match, stable, newGray, forwarding);
    }
}
