package dev.halftone.core.routing;

import dev.halftone.core.routing.Upstream.Endpoint;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a rolling release has parted the endpoints of its route's one upstream: the canary is those that are updated, stable the others.
 *
 * @param out gets no new exchange, of this route or another; or null
 */
public record Sides(Set<Endpoint> updated, @Nullable Endpoint out) {
    public Sides {
        updated = Set.copyOf(updated);
    }
}
