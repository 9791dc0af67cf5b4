package dev.halftone.core.backtest;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.AdaptiveCourse;
import dev.halftone.core.rollout.Course;
import dev.halftone.core.rollout.Evidence;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutMachine;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.window.RouteSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Plays generated releases along ramps, with the default checks and the product's own machine, and prints what each ramp costs:
 * {@code RAMPS SCENARIO ONSET RUNS FIRST_SEED REQUESTS_PER_SECOND}, ramps comma-separated out of {@code fixed10m}, {@code fixed2m},
 * {@code auto}. Not a test: it takes minutes.
 */
final class RampTable {
    private static final int LONGEST_SECONDS = 2 * 3600;

    private RampTable() {}

    /** One release along one ramp. */
    private static final class Run {
        private final Plan plan;
        private final Simulation simulation;
        private final int onset;
        private final AnalysisSpec spec = DecisionTable.spec(false);
        private RolloutState state;
        private List<CheckResult> checks = List.of();
        private Tally canary = Tally.NONE;
        private Tally stable = Tally.NONE;
        private long beforeStep;
        private int step = -2;
        private double fadedRequests;
        private double fadedSeconds;
        private long onBadVersion;
        private int everybodySecond = -1;

        Run(Course course, Scenario scenario, double requestsPerSecond, long seed, int onset) {
            this.onset = onset;
            plan = new Plan("canary", course, Duration.ofHours(24), List.of());
            simulation = new Simulation(scenario, requestsPerSecond, 0, seed, LONGEST_SECONDS, onset);
            state = after(null, new RolloutEvent.Configured("v2", Ratio.NONE, plan), 0);
        }

        private static RolloutState after(@Nullable RolloutState before, RolloutEvent event, int second) {
            return ((Transition.Accepted) RolloutMachine.step("shop", before, event, second * 1000L)).state();
        }

        void play() {
            Replay replay = new Replay(spec, 0, this::take);
            look(0);
            for (int second = 0; second < LONGEST_SECONDS && state.phase() == Phase.PROGRESSING; second++) {
                simulation.share(state.ratio().hundredths() / 10_000.0);
                simulation.play(replay, second);
                replay.advance((second + 1) * 1_000_000_000L);
                Replay.Breach breach = replay.breach();
                if (breach != null) {
                    state = after(state, new RolloutEvent.Breached(breach.result(), spec.onBreach()), second + 1);
                    return;
                }
                look(second + 1);
            }
        }

        private void take(RouteSlice slice, List<CheckResult> results) {
            checks = results;
            canary = canary.plus(
                    slice.canary().counted().requests(),
                    slice.canary().counted().errors());
            stable = stable.plus(
                    slice.stable().counted().requests(),
                    slice.stable().counted().errors());
            double seconds = (slice.endNanos() - slice.startNanos()) / 1e9;
            double kept = Math.exp(-seconds / 60);
            fadedRequests = fadedRequests * kept
                    + slice.canary().requests()
                    + slice.stable().requests();
            fadedSeconds = fadedSeconds * kept + seconds;
            onBadVersion +=
                    slice.endNanos() > onset * 1_000_000_000L ? slice.canary().requests() : 0;
        }

        private void look(int second) {
            Progress at = Objects.requireNonNull(state.progress());
            if (at.step() != step) {
                step = at.step();
                beforeStep = canary.requests();
            }
            double rate = fadedSeconds == 0 ? 0 : fadedRequests / fadedSeconds;
            Evidence seen = Evidence.of(checks, canary.requests() - beforeStep, canary, stable, rate);
            state = after(state, new RolloutEvent.Looked(plan, seen), second);
            if (everybodySecond < 0 && state.ratio().equals(Ratio.ALL)) {
                everybodySecond = second;
            }
        }
    }

    private static Course course(String name) {
        if (name.equals("auto")) {
            return new AdaptiveCourse(
                    new Ratio(100), new Ratio(5000), 10, Duration.ofMinutes(1), 50, 100, 0.001, Duration.ofMinutes(10));
        }
        Duration hold = Duration.ofMinutes(name.equals("fixed10m") ? 10 : 2);
        List<Step> steps = new ArrayList<>();
        for (int percent : new int[] {1, 5, 25, 50}) {
            steps.add(new Step.At(new Ratio(percent * 100), hold, 50));
        }
        steps.add(new Step.At(Ratio.ALL, Duration.ofMinutes(10), 50));
        return new StepCourse(steps);
    }

    public static void main(String[] args) {
        Scenario scenario = Arrays.stream(Scenario.values())
                .filter(each -> each.label().equals(args[1]))
                .findFirst()
                .orElseThrow();
        int onset = Integer.parseInt(args[2]);
        int runs = Integer.parseInt(args[3]);
        long seed = Long.parseLong(args[4]);
        double rate = Double.parseDouble(args[5]);
        for (String ramp : args[0].split(",", -1)) {
            List<Double> minutes = new ArrayList<>();
            List<Double> harmed = new ArrayList<>();
            List<Double> onBad = new ArrayList<>();
            int promoted = 0;
            int rolledBack = 0;
            for (int i = 0; i < runs; i++) {
                Run run = new Run(course(ramp), scenario, rate, seed + i, onset);
                run.play();
                promoted += run.state.phase() == Phase.PROMOTED ? 1 : 0;
                rolledBack += run.state.phase() == Phase.ROLLED_BACK ? 1 : 0;
                if (run.everybodySecond >= 0) {
                    minutes.add(run.everybodySecond / 60.0);
                }
                harmed.add((double) run.simulation.harmed());
                onBad.add((double) run.onBadVersion);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-9s %-14s onset %4d runs %d promoted %d rolledBack %d | to 100%%: n %d median %.1f p90 %.1f min"
                            + " | failed: median %.0f mean %.0f p90 %.0f | on it: median %.0f mean %.0f%n",
                    ramp,
                    scenario.label(),
                    onset,
                    runs,
                    promoted,
                    rolledBack,
                    minutes.size(),
                    quantile(minutes, 0.5),
                    quantile(minutes, 0.9),
                    quantile(harmed, 0.5),
                    mean(harmed),
                    quantile(harmed, 0.9),
                    quantile(onBad, 0.5),
                    mean(onBad));
        }
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static double quantile(List<Double> values, double q) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, q * sorted.length)];
    }
}
