package dev.halftone.core.backtest;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.window.RouteSlice;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Prints what the default checks of a thousand routes cost, all in turn second by second as the control thread has them, at several rates
 * for each route; with any argument, with a check of clicks beside them. Not a test.
 */
final class RouteCost {
    private static final int ROUTES = 1000;
    private static final int WARM_SECONDS = 300;
    private static final int MEASURED_SECONDS = 60;

    private RouteCost() {}

    public static void main(String[] args) {
        AnalysisSpec spec = DecisionTable.spec(args.length > 0);
        for (double rate : new double[] {4, 20, 200, 2000}) {
            List<RouteSlice> slices = slices(spec, rate);
            List<Analyzer> routes =
                    Stream.generate(() -> new Analyzer(spec)).limit(ROUTES).toList();
            assess(routes, slices.subList(0, WARM_SECONDS));
            long took = assess(routes, slices.subList(WARM_SECONDS, WARM_SECONDS + MEASURED_SECONDS));
            double nanos = (double) took / ROUTES / MEASURED_SECONDS;
            System.out.printf(
                    Locale.ROOT,
                    "%.0f requests/s, 5 %% of them the canary's: %.1f us for each route and slice, %d routes %.1f %% of a core%n",
                    rate,
                    nanos / 1e3,
                    ROUTES,
                    nanos * ROUTES / 1e7);
        }
    }

    private static List<RouteSlice> slices(AnalysisSpec spec, double rate) {
        List<RouteSlice> slices = new ArrayList<>();
        Replay replay = new Replay(spec, 0, (slice, results) -> slices.add(slice));
        int seconds = WARM_SECONDS + MEASURED_SECONDS;
        new Simulation(Scenario.NO_CHANGE, rate, 0.05, 3, seconds, seconds).feed(replay);
        return slices;
    }

    private static long assess(List<Analyzer> routes, List<RouteSlice> slices) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (RouteSlice slice : slices) {
            routes.forEach(route -> route.assess(slice));
        }
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    }
}
