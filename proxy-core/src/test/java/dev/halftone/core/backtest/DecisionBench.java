package dev.halftone.core.backtest;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.window.RouteSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Generated releases judged by our default checks, by single ones of them and by other tools' rules, all on the same requests. Prints one
 * line of JSON for each release and judge; {@code scripts/bench-decisions} makes tables of them. Arguments: scenarios, requests a second
 * of both versions, the canary's share of them, runs, first seed, seconds, onset, judges; lists with commas.
 */
final class DecisionBench {
    /** Our checks of the route's default, as a proxy runs them: the stop on the spot included. */
    static final String DEFAULT = "default";

    private static final Map<String, Supplier<Judge>> JUDGES = judges();

    private final Scenario scenario;
    private final double requestsPerSecond;
    private final double share;
    private final int seconds;
    private final int onset;

    /** What a judge made of a release. */
    private static final class Ending {
        private double atSeconds = Double.NaN;
        private int rollbacks;
        private long served;
        private long failed;
        private String check = "";
    }

    private DecisionBench(Scenario scenario, double requestsPerSecond, double share, int seconds, int onset) {
        this.scenario = scenario;
        this.requestsPerSecond = requestsPerSecond;
        this.share = share;
        this.seconds = seconds;
        this.onset = onset;
    }

    private static Map<String, Supplier<Judge>> judges() {
        Map<String, Supplier<Judge>> judges = new LinkedHashMap<>();
        judges.put("flagger", FlaggerRule::new);
        judges.put("mann-whitney", MannWhitneyJudge::new);
        judges.put("z-peeked", () -> new PeekedTest(false));
        judges.put("sprt", () -> new PeekedTest(true));
        var average = new DetectorSpec.MovingAverage(10, 3, Side.ABOVE);
        judges.put(
                "movingAverage-60s",
                () -> new OwnChecks(
                        60,
                        600,
                        new CheckSpec("errors", Metric.ERROR_RATE, average, 1),
                        new CheckSpec("latency", Metric.LATENCY_MEAN, average, 1)));
        judges.put("movingAverage", single(1, 60, Metric.LATENCY_MEAN, average, 1));
        judges.put("movingAverage-3", single(1, 60, Metric.LATENCY_MEAN, average, 3));
        judges.put("ewma", single(1, 60, Metric.LATENCY_P99, new DetectorSpec.Ewma(0.3, 3, Side.ABOVE), 1));
        judges.put("threshold", single(1, 60, Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.05), 1));
        judges.put("cusum", single(1, 60, Metric.ERROR_RATE, DetectorSpec.Cusum.STANDARD, 1));
        var mannWhitney = new DetectorSpec.MannWhitney(0.98, 0.25, 1, Side.ABOVE);
        judges.put("mannWhitney", single(1, 60, Metric.LATENCY_MEAN, mannWhitney, 1));
        var large = new DetectorSpec.MannWhitney(0.98, 0.25, 1.2, Side.ABOVE);
        judges.put("mannWhitney-10m", single(10, 600, Metric.LATENCY_MEAN, large, 6));
        var hourly = new DetectorSpec.Decomposition(Duration.ofHours(1), 3, Side.ABOVE);
        judges.put("decomposition-1h", single(1, 60, Metric.LATENCY_MEAN, hourly, 1));
        judges.put("stream-10s", single(10, 60, Metric.LATENCY_MEAN, new DetectorSpec.Stream(), 1));
        judges.put("comparison-errors", single(1, 60, Metric.ERROR_RATE, comparison(Side.ABOVE), 1));
        judges.put("comparison-latency", single(1, 60, Metric.LATENCY_MEAN, comparison(Side.ABOVE), 1));
        return judges;
    }

    private static DetectorSpec comparison(Side bad) {
        return DetectorSpec.Comparison.standard(bad);
    }

    private static Supplier<Judge> single(
            int interval, int window, Metric metric, DetectorSpec detector, int consecutive) {
        return () -> new OwnChecks(interval, window, new CheckSpec("check", metric, detector, consecutive));
    }

    /** The default checks; where clicks are reported and fall, with a check that asks for them. */
    static AnalysisSpec defaults(Scenario scenario) {
        List<CheckSpec> checks = new ArrayList<>(AnalysisSpec.DEFAULT_CHECKS);
        if (scenario == Scenario.CLICKS_DOWN_30) {
            checks.add(new CheckSpec("clicks", Metric.CUSTOM, MinuteTotals.CLICKS, comparison(Side.BELOW), 1));
        }
        return new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 10, null, OnBreach.ROLLBACK, checks);
    }

    public static void main(String[] args) {
        if (args.length != 8) {
            throw new IllegalArgumentException(Arrays.toString(args)
                    + " (expected: scenarios requestsPerSecond canaryShare runs firstSeed seconds onset judges)");
        }
        List<String> judges = List.of(args[7].split(",", -1));
        for (String label : args[0].split(",", -1)) {
            DecisionBench bench = new DecisionBench(
                    scenario(label),
                    Double.parseDouble(args[1]),
                    Double.parseDouble(args[2]),
                    Integer.parseInt(args[5]),
                    Integer.parseInt(args[6]));
            long first = Long.parseLong(args[4]);
            for (long seed = first; seed < first + Integer.parseInt(args[3]); seed++) {
                bench.print(seed, judges);
            }
        }
    }

    private static Scenario scenario(String label) {
        return Arrays.stream(Scenario.values())
                .filter(scenario -> scenario.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(label + " (expected: one of "
                        + String.join(
                                ", ",
                                Arrays.stream(Scenario.values())
                                        .map(Scenario::label)
                                        .toList())
                        + ")"));
    }

    private void print(long seed, List<String> judges) {
        Map<String, Ending> endings = new LinkedHashMap<>();
        if (judges.contains(DEFAULT)) {
            endings.put(DEFAULT, byDefault(seed));
        }
        List<String> others =
                judges.stream().filter(judge -> !judge.equals(DEFAULT)).toList();
        if (!others.isEmpty()) {
            endings.putAll(byOthers(seed, others));
        }
        endings.forEach((judge, ending) -> System.out.printf(
                Locale.ROOT,
                "{\"scenario\": \"%s\", \"bad\": %b, \"canaryPerSecond\": %s, \"seed\": %d, \"seconds\": %d, \"onset\": %d,"
                        + " \"judge\": \"%s\", \"at\": %s, \"rollbacks\": %d, \"served\": %d, \"failed\": %d,"
                        + " \"check\": \"%s\"}%n",
                scenario.label(),
                scenario.isBad(),
                Math.round(requestsPerSecond * share * 10) / 10.0,
                seed,
                seconds,
                onset,
                judge,
                Double.isNaN(ending.atSeconds) ? "null" : String.format(Locale.ROOT, "%.2f", ending.atSeconds),
                ending.rollbacks,
                ending.served,
                ending.failed,
                ending.check));
    }

    private Simulation simulation(long seed) {
        return new Simulation(scenario, requestsPerSecond, share, seed, seconds, onset);
    }

    private Ending byDefault(long seed) {
        Ending ending = new Ending();
        Replay replay = new Replay(defaults(scenario), 0, (slice, results) -> count(ending, slice));
        simulation(seed).feed(replay);
        var breach = replay.breach();
        if (breach != null) {
            ending.atSeconds = breach.atNanos() / 1e9;
            ending.rollbacks = 1;
            ending.check = breach.result().check();
        }
        return ending;
    }

    /** Each in its own time; a release that is wrongly taken back is begun again with the same rule at once. */
    private Map<String, Ending> byOthers(long seed, List<String> names) {
        Map<String, Ending> endings = new LinkedHashMap<>();
        Map<String, Judge> judges = new LinkedHashMap<>();
        for (String name : names) {
            endings.put(name, new Ending());
            judges.put(name, judge(name));
        }
        AnalysisSpec none = new AnalysisSpec(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 10, null, OnBreach.ROLLBACK, List.of());
        Replay replay = new Replay(
                none,
                0,
                (slice, results) -> endings.forEach((name, ending) -> {
                    if (scenario.isBad() && ending.rollbacks > 0) {
                        return;
                    }
                    if (ending.rollbacks == 0) {
                        count(ending, slice);
                    }
                    Judge judge = java.util.Objects.requireNonNull(judges.get(name));
                    if (judge.take(slice)) {
                        ending.rollbacks++;
                        ending.atSeconds = ending.rollbacks == 1 ? slice.endNanos() / 1e9 : ending.atSeconds;
                        judges.put(name, judge(name));
                    }
                }));
        simulation(seed).feed(replay);
        return endings;
    }

    private static Judge judge(String name) {
        Supplier<Judge> known = JUDGES.get(name);
        if (known == null) {
            throw new IllegalArgumentException(
                    name + " (expected: " + DEFAULT + ", " + String.join(", ", JUDGES.keySet()) + ")");
        }
        return known.get();
    }

    /** What the canary was given since the onset. */
    private void count(Ending ending, RouteSlice slice) {
        if (slice.endNanos() > onset * 1_000_000_000L) {
            ending.served += slice.canary().requests();
            ending.failed += slice.canary().errors();
        }
    }
}
