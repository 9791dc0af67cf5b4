package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.analysis.VersionStats;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.server.control.RouteStatus;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The last ten minutes of each route, one sample a second, so that whoever opens a page sees what led here. 46 KB for each route
 * of the first {@value #ROUTES}; the others keep none. Admin event loop only.
 */
final class History {
    static final int SAMPLES = 600;
    static final int ROUTES = 1000;
    /** Figures of a version in one sample: requests in the window, share of errors, p50 and p99 in ms. */
    private static final String[] FIGURES = {"requests", "errorRate", "p50", "p99"};

    private static final int COLUMNS = 1 + 2 * FIGURES.length;

    private final Map<String, Series> routes = new HashMap<>();

    private static final class Series {
        private final float[] values = new float[SAMPLES * COLUMNS];
        private int next;
        private long lastMillis;

        Series() {
            Arrays.fill(values, Float.NaN);
        }
    }

    /** Takes one sample of each route. */
    void sample(List<RouteStatus> status, long nowMillis) {
        Set<String> present = new HashSet<>();
        for (RouteStatus route : status) {
            String name = route.route().name();
            present.add(name);
            Series series = routes.get(name);
            if (series == null && routes.size() < ROUTES) {
                series = new Series();
                routes.put(name, series);
            }
            if (series != null) {
                add(series, route, nowMillis);
            }
        }
        routes.keySet().retainAll(present);
    }

    private static void add(Series series, RouteStatus route, long nowMillis) {
        int at = series.next * COLUMNS;
        RolloutState state = route.state();
        series.values[at] = state == null ? 0 : state.ratio().hundredths() / 100f;
        figures(series.values, at + 1, route.stable());
        figures(series.values, at + 1 + FIGURES.length, route.canary());
        series.next = (series.next + 1) % SAMPLES;
        series.lastMillis = nowMillis;
    }

    private static void figures(float[] values, int at, VersionStats stats) {
        values[at] = stats.requests();
        values[at + 1] = (float) stats.errorRate();
        values[at + 2] = (float) stats.p50();
        values[at + 3] = (float) stats.p99();
    }

    /** Columns of one route, oldest sample first, one a second, the last at {@code end}; null where there was nothing. */
    ObjectNode json(String route) {
        Series series = routes.getOrDefault(route, new Series());
        ObjectNode node = RouteJson.JSON.createObjectNode().put("intervalSeconds", 1);
        node.put(
                "end",
                series.lastMillis == 0
                        ? null
                        : java.time.Instant.ofEpochMilli(series.lastMillis).toString());
        column(node.putArray("ratio"), series, 0);
        version(node.putObject("stable"), series, 1);
        version(node.putObject("canary"), series, 1 + FIGURES.length);
        return node;
    }

    private static void version(ObjectNode node, Series series, int first) {
        for (int i = 0; i < FIGURES.length; i++) {
            column(node.putArray(FIGURES[i]), series, first + i);
        }
    }

    private static void column(ArrayNode array, Series series, int column) {
        for (int i = 0; i < SAMPLES; i++) {
            float value = series.values[(series.next + i) % SAMPLES * COLUMNS + column];
            if (Float.isNaN(value)) {
                array.addNull();
            } else {
                array.add(Math.rint(value * 1e4) / 1e4);
            }
        }
    }
}
