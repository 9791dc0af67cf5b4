package dev.halftone.core.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All routes at one moment, immutable. Any thread. */
public final class RoutingTable {
    private final List<Route> routes;

    public RoutingTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    public List<Route> routes() {
        return routes;
    }

    /** The first route that matches decides; null if none does. Allocates nothing on the common path. */
    public @Nullable Choice choose(RequestView request) {
        throw new UnsupportedOperationException(request.toString());
    }

    /** The same decision for one route, whatever its match says, with all that led to it. */
    public Explanation explain(Route route, RequestView request) {
        throw new UnsupportedOperationException(route + " " + request);
    }

    /** A table in which this route takes the place of the one with the same name. */
    public RoutingTable with(Route changed) {
        throw new UnsupportedOperationException(changed.toString());
    }
}
