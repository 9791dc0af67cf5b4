package dev.halftone.core.backtest;

import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.window.RouteSlice;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints what the default checks cost for each route and slice, at several canary rates. Not a test. */
final class RouteCost {
    private RouteCost() {}

    public static void main(String[] args) {
        for (double rate : new double[] {4, 200, 2000, 10_000}) {
            List<RouteSlice> slices = new ArrayList<>();
            Replay replay = new Replay(DecisionTable.spec(true), 0, (slice, results) -> slices.add(slice));
            new Simulation(Scenario.NO_CHANGE, rate, 0.05, 3, 600, 600).feed(replay);
            for (int round = 0; round < 4; round++) {
                long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                for (int route = 0; route < 20; route++) {
                    Analyzer analyzer = new Analyzer(DecisionTable.spec(true));
                    slices.forEach(analyzer::assess);
                    analyzer.stable();
                    analyzer.canary();
                }
                long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
                System.out.printf(
                        Locale.ROOT,
                        "%.0f requests/s, 5 %% on the canary: %.1f us for each route and slice%n",
                        rate,
                        took / 1e3 / 20 / slices.size());
            }
        }
    }
}
