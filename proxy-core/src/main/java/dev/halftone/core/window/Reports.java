package dev.halftone.core.window;

import dev.halftone.core.Version;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Custom metrics as they were reported since the last slice. Any thread, guarded by itself. */
final class Reports {
    static final int METRICS = 32;

    private final Map<Integer, OfRoute> routes = new HashMap<>();

    private static final class OfRoute {
        private int epoch;
        private final Map<Version, Map<String, Reported>> open = new EnumMap<>(Version.class);

        OfRoute(int epoch) {
            this.epoch = epoch;
        }
    }

    /** False if the route has too many metrics already, or the report belongs to an earlier release. */
    synchronized boolean add(int routeId, int epoch, Version version, String metric, Reported reported) {
        OfRoute route = routes.computeIfAbsent(routeId, id -> new OfRoute(epoch));
        if (epoch < route.epoch) {
            return false;
        }
        if (epoch > route.epoch) {
            route.epoch = epoch;
            route.open.clear();
        }
        Map<String, Reported> counts = route.open.computeIfAbsent(version, any -> new HashMap<>());
        if (counts.size() >= METRICS && !counts.containsKey(metric)) {
            return false;
        }
        counts.merge(metric, reported, Reported::plus);
        return true;
    }

    synchronized List<Integer> routes() {
        return List.copyOf(routes.keySet());
    }

    /** What has come of this release since the last call. */
    synchronized Map<String, Reported> take(int routeId, int epoch, Version version) {
        OfRoute route = routes.get(routeId);
        if (route == null || route.epoch != epoch) {
            return Map.of();
        }
        Map<String, Reported> taken = route.open.remove(version);
        return taken == null ? Map.of() : taken;
    }
}
