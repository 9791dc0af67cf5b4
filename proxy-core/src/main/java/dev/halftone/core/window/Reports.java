package dev.halftone.core.window;

import dev.halftone.core.Version;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Custom metrics as they were reported: since the last slice, and since the process began. Any thread, guarded by itself. */
final class Reports {
    /** Names of one route and version, those of configurations before included. */
    static final int METRICS = 128;

    private final Map<Integer, OfRoute> routes = new HashMap<>();
    private @Nullable UserCaps caps;

    private static final class OfRoute {
        private int epoch;
        private final Map<Version, Map<String, Counts>> counts = new EnumMap<>(Version.class);

        OfRoute(int epoch) {
            this.epoch = epoch;
        }

        void begin(int newEpoch) {
            epoch = newEpoch;
            counts.values().forEach(metrics -> metrics.values().forEach(Counts::take));
        }
    }

    /** Of one metric; the open ones are those that count for the checks in the slice that is open. */
    private static final class Counts {
        private long trials;
        private long hits;
        private long openTrials;
        private long openHits;

        Reported take() {
            Reported taken = openTrials == 0 ? Reported.NONE : new Reported(openTrials, openHits);
            openTrials = 0;
            openHits = 0;
            return taken;
        }
    }

    /**
     * Of the trials given, so many count for the checks, and of the hits the same share.
     *
     * @return how many count: none if the report belongs to an earlier release, or the route has too many metrics already
     */
    synchronized long add(
            int routeId, int epoch, Version version, String metric, long trials, long hits, long counted) {
        OfRoute route = routes.computeIfAbsent(routeId, id -> new OfRoute(epoch));
        if (epoch > route.epoch) {
            route.begin(epoch);
        }
        Map<String, Counts> metrics = route.counts.computeIfAbsent(version, any -> new HashMap<>());
        Counts counts = metrics.get(metric);
        if (counts == null) {
            if (metrics.size() >= METRICS) {
                return 0;
            }
            counts = new Counts();
            metrics.put(metric, counts);
        }
        counts.trials += trials;
        counts.hits += hits;
        if (epoch < route.epoch) {
            return 0;
        }
        counts.openTrials += counted;
        counts.openHits += counted == trials ? hits : Math.round((double) hits * counted / trials);
        return counted;
    }

    synchronized long addOfUser(
            int routeId, int epoch, Version version, String metric, Reported reported, long position, long nowNanos) {
        UserCaps present = caps;
        if (present == null) {
            present = new UserCaps();
            caps = present;
        }
        long user = OutcomeShard.user(position ^ metric.hashCode() * 0x9e3779b97f4a7c15L, routeId, epoch);
        long counted = 0;
        while (counted < reported.trials() && (present.admit(user, nowNanos) & UserCaps.COUNTED) != 0) {
            counted++;
        }
        return add(routeId, epoch, version, metric, reported.trials(), reported.hits(), counted);
    }

    synchronized List<Integer> routes() {
        return List.copyOf(routes.keySet());
    }

    /** What has come of this release since the last call and counts. */
    synchronized Map<String, Reported> take(int routeId, int epoch, Version version) {
        OfRoute route = routes.get(routeId);
        Map<String, Counts> metrics = route == null || route.epoch != epoch ? null : route.counts.get(version);
        if (metrics == null) {
            return Map.of();
        }
        Map<String, Reported> taken = new HashMap<>();
        metrics.forEach((name, counts) -> {
            if (counts.openTrials > 0) {
                taken.put(name, counts.take());
            }
        });
        return taken;
    }

    synchronized List<ReportedTotal> totals() {
        List<ReportedTotal> totals = new ArrayList<>();
        routes.forEach((id, route) -> route.counts.forEach((version, metrics) -> metrics.forEach((name, counts) ->
                totals.add(new ReportedTotal(id, version, name, new Reported(counts.trials, counts.hits))))));
        return totals;
    }
}
