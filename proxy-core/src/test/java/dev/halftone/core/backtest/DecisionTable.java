package dev.halftone.core.backtest;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.Metric;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints how the default checks judge generated releases: {@code SCENARIOS LEVELS RUNS FIRST_SEED SECONDS [ONSET]}, the first two
 * comma-separated or {@code all}. Not a test: some cells take minutes.
 */
final class DecisionTable {
    private static double[] traffic(String level) {
        return switch (level) {
            case "verylow" -> new double[] {4, 0.05};
            case "low" -> new double[] {20, 0.05};
            case "mid" -> new double[] {200, 0.05};
            case "high" -> new double[] {1000, 0.1};
            default -> throw new IllegalArgumentException(level + " (expected: verylow, low, mid or high)");
        };
    }

    private DecisionTable() {}

    static AnalysisSpec spec(boolean clicks) {
        List<CheckSpec> checks = new ArrayList<>(AnalysisSpec.DEFAULT_CHECKS);
        if (clicks) {
            checks.add(
                    new CheckSpec("clicks", Metric.CUSTOM, "click", DetectorSpec.Comparison.standard(Side.BELOW), 1));
        }
        return new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 10, null, OnBreach.ROLLBACK, checks);
    }

    public static void main(String[] args) {
        int runs = Integer.parseInt(args[2]);
        long seed = Long.parseLong(args[3]);
        int seconds = Integer.parseInt(args[4]);
        int onset = args.length > 5 ? Integer.parseInt(args[5]) : 900;
        for (String level : args[1].split(",", -1)) {
            for (Scenario scenario : Scenario.values()) {
                if (args[0].equals("all")
                        || (args[0].equals("bad") && scenario.isBad())
                        || (args[0].equals("safe") && !scenario.isBad())
                        || List.of(args[0].split(",", -1)).contains(scenario.label())) {
                    print(scenario, level, runs, seed, seconds, onset);
                }
            }
        }
    }

    private static void print(Scenario scenario, String level, int runs, long seed, int seconds, int onset) {
        double[] traffic = traffic(level);
        List<Double> delays = new ArrayList<>();
        List<Double> harmed = new ArrayList<>();
        Map<String, Integer> checks = new TreeMap<>();
        int early = 0;
        long requests = 0;
        long start = cpuNanos();
        StringBuilder wrong = new StringBuilder();
        for (int run = 0; run < runs; run++) {
            Simulation.Result result = new Simulation(scenario, traffic[0], traffic[1], seed + run, seconds, onset)
                    .run(spec(scenario == Scenario.CLICKS_DOWN_30));
            requests += result.requests();
            double delay = result.delaySeconds();
            var breach = result.breach();
            if (breach != null) {
                checks.merge(breach.result().check(), 1, Integer::sum);
            }
            if (delay < 0 || (!scenario.isBad() && breach != null)) {
                early++;
                if (breach != null) {
                    wrong.append(String.format(
                            Locale.ROOT,
                            "%n    seed %d at %.0f s: %s: %s",
                            seed + run,
                            breach.atNanos() / 1e9,
                            breach.result().check(),
                            breach.result().why()));
                }
            } else {
                delays.add(Double.isNaN(delay) ? Double.POSITIVE_INFINITY : delay);
                harmed.add((double) result.harmed());
            }
        }
        double took = (cpuNanos() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-8s %-20s runs %d wrong %d found %d median %.1f p90 %.1f harmed %.0f by %s  (%.1f s, %.2f M/s)%s%n",
                level,
                scenario.label(),
                runs,
                early,
                delays.stream().filter(d -> !Double.isInfinite(d)).count(),
                quantile(delays, 0.5),
                quantile(delays, 0.9),
                quantile(harmed, 0.5),
                checks,
                took,
                requests / took / 1e6,
                wrong);
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double quantile(List<Double> values, double q) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, q * sorted.length)];
    }
}
