package dev.halftone.core.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All routes at one moment, immutable. Any thread. */
public final class RoutingTable {
    private final GrayRoute[] routes;
    private final MatchIndex index;
    private final Map<String, Integer> positions;
    private final LongSupplier random;
    private final Regions regions;
    /** Routes whose upstream is parted, few or none. */
    private final List<Route> parted;

    public RoutingTable(List<Route> routes) {
        this(routes, () -> ThreadLocalRandom.current().nextLong());
    }

    /** @param regions tells rules that ask for it where a request comes from */
    public static RoutingTable of(List<Route> routes, Regions regions) {
        return new RoutingTable(
                routes, regions, () -> ThreadLocalRandom.current().nextLong());
    }

    /** @param random draws positions for requests without a user key, where that is asked for */
    public RoutingTable(List<Route> routes, LongSupplier random) {
        this(routes, Regions.NONE, random);
    }

    private RoutingTable(List<Route> routes, Regions regions, LongSupplier random) {
        this.random = random;
        this.regions = regions;
        this.routes = routes.stream()
                .map(route -> new GrayRoute(route, regions, random))
                .toArray(GrayRoute[]::new);
        this.index = new MatchIndex(routes);
        this.positions = new HashMap<>();
        for (int i = 0; i < routes.size(); i++) {
            if (positions.put(routes.get(i).name(), i) != null) {
                throw new IllegalArgumentException(
                        "route " + routes.get(i).name() + " twice (expected: each name once)");
            }
        }
        this.parted = routes.stream().filter(RoutingTable::isParted).toList();
    }

    private RoutingTable(
            GrayRoute[] routes,
            MatchIndex index,
            Map<String, Integer> positions,
            Regions regions,
            LongSupplier random,
            List<Route> parted) {
        this.parted = parted;
        this.routes = routes;
        this.index = index;
        this.positions = positions;
        this.regions = regions;
        this.random = random;
    }

    public List<Route> routes() {
        return Arrays.stream(routes).map(GrayRoute::route).toList();
    }

    /** The route of this name, or null. */
    public @Nullable Route route(String name) {
        Integer position = positions.get(name);
        return position == null ? null : routes[position].route();
    }

    /**
     * The first route that matches decides; null if none does. Allocates nothing unless a regex is asked.
     *
     * @param user takes the position of the request's user
     */
    public @Nullable Choice choose(RequestView request, UserPosition user) {
        int position = index.first(request);
        return position < 0 ? null : routes[position].choose(request, user);
    }

    /** The same where nobody asks for the user. */
    public @Nullable Choice choose(RequestView request) {
        return choose(request, new UserPosition());
    }

    /**
     * What the route of this name decides, whatever its match says; null if there is none.
     *
     * @param user takes the position of the request's user
     */
    public @Nullable Choice choose(String route, RequestView request, UserPosition user) {
        Integer position = positions.get(route);
        return position == null ? null : routes[position].choose(request, user);
    }

    /** The same decision for one route, whatever its match says, with all that led to it. */
    public Explanation explain(Route route, RequestView request) {
        return new GrayRoute(route, regions, random).explain(request);
    }

    /**
     * A table in which this route takes the place of the one with the same name. If it matches the same requests, which is
     * so for any change of ratio, the cost is that of copying one array.
     */
    public RoutingTable with(Route changed) {
        Integer position = positions.get(changed.name());
        if (position == null) {
            throw new IllegalArgumentException(
                    "route " + changed.name() + " (expected: one of " + positions.keySet() + ")");
        }
        boolean sameMatch = routes[position].route().match().equals(changed.match());
        GrayRoute[] next = routes.clone();
        next[position] = new GrayRoute(changed, regions, random);
        MatchIndex nextIndex = sameMatch
                ? index
                : new MatchIndex(Arrays.stream(next).map(GrayRoute::route).toList());
        return new RoutingTable(next, nextIndex, positions, regions, random, partedWith(changed));
    }

    private List<Route> partedWith(Route changed) {
        if (parted.isEmpty() && !isParted(changed)) {
            return parted;
        }
        List<Route> next = new ArrayList<>(parted);
        next.removeIf(route -> route.name().equals(changed.name()));
        if (isParted(changed)) {
            next.add(changed);
        }
        return List.copyOf(next);
    }

    private static boolean isParted(Route route) {
        return route.gray() != null && route.gray().sides() != null;
    }

    /** The route whose rolling release parts this upstream, or null. */
    public @Nullable Route parting(Upstream upstream) {
        for (int i = 0; i < parted.size(); i++) {
            if (parted.get(i).stable().equals(upstream)) {
                return parted.get(i);
            }
        }
        return null;
    }
}
