package dev.halftone.core.backtest;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.ReleaseCounts;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutMachine;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.RouteSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One generated release along one ramp, from its first request to its end. The state machine of the live proxy decides, by the
 * same evidence: the checks judge each second, then the plan is looked at, and the next second's users go by the ratio that is in
 * force then. One thread.
 */
public final class RampRun {
    private static final String ROUTE = "generated";
    private static final String RELEASE = "next";
    private static final String NOBODY = "simulate";
    private static final int SECOND_MILLIS = 1000;

    private final Plan plan;
    private final AnalysisSpec spec;
    private final Simulation simulation;
    private final ReleaseCounts counts = new ReleaseCounts();
    private final List<Change> changes = new ArrayList<>();
    private RolloutState state;
    private List<CheckResult> checks = List.of();
    private String check = "";
    private long met;

    /** Another ratio in force, from this second since the release began. */
    public record Change(double atSeconds, Ratio ratio) {}

    /**
     * How a release ended.
     *
     * @param phase promoted, rolledBack, or paused by a breach; progressing if its time was over before
     * @param endSeconds when, since it began
     * @param check that stopped it; empty for none
     * @param onset when the regression began, in seconds since the release began
     * @param failed requests of the canary since then
     * @param struck requests that would have been well without the regression, see {@link Simulation.Result}
     * @param struckUsers who sent them
     * @param met all requests that the canary answered since the onset
     * @param changes of the ratio, in order
     */
    public record Result(
            Phase phase,
            double endSeconds,
            String check,
            int onset,
            long failed,
            long struck,
            long struckUsers,
            long met,
            List<Change> changes) {
        public Result {
            changes = List.copyOf(changes);
        }

        public boolean isPromoted() {
            return phase == Phase.PROMOTED;
        }

        /** Whether a breach or the deadline ended it. */
        public boolean isStopped() {
            return phase == Phase.ROLLED_BACK || phase == Phase.PAUSED;
        }

        /** When everybody was first sent to the canary; infinite if that never came. */
        public double everybodySeconds() {
            return changes.stream()
                    .filter(change -> change.ratio().equals(Ratio.ALL))
                    .mapToDouble(Change::atSeconds)
                    .findFirst()
                    .orElse(Double.POSITIVE_INFINITY);
        }
    }

    private RampRun(Ramp ramp, AnalysisSpec spec, Simulation simulation) {
        this.plan = ramp.plan();
        this.spec = spec;
        this.simulation = simulation;
        this.state = after(null, new RolloutEvent.Configured(RELEASE, Ratio.NONE, plan), 0)
                .state();
    }

    /** @param simulation a fresh one; the ramp sets its share of users */
    public static Result play(Ramp ramp, AnalysisSpec spec, Simulation simulation) {
        return new RampRun(ramp, spec, simulation).play();
    }

    private Result play() {
        Replay replay = new Replay(spec, 0, this::take);
        look(0);
        int second = 0;
        while (second < simulation.seconds() && state.phase() == Phase.PROGRESSING) {
            simulation.share(state.ratio().hundredths() / 10_000.0);
            simulation.play(replay, second);
            second++;
            replay.advance(second * 1_000_000_000L);
            if (state.phase() == Phase.PROGRESSING) {
                look(second);
            }
        }
        boolean isOver = state.phase() != Phase.PROGRESSING;
        return new Result(
                state.phase(),
                isOver ? state.sinceMillis() / 1000.0 : second,
                check,
                simulation.onset(),
                simulation.harmed(),
                simulation.struck(),
                simulation.struckUsers(),
                met,
                changes);
    }

    private void take(RouteSlice slice, List<CheckResult> results) {
        checks = results;
        Outcomes canary = slice.canary().counted();
        Outcomes stable = slice.stable().counted();
        counts.take(
                new Tally(canary.requests(), canary.errors()),
                new Tally(stable.requests(), stable.errors()),
                slice.canary().requests() + slice.stable().requests(),
                (slice.endNanos() - slice.startNanos()) / 1e9);
        met += slice.endNanos() > simulation.onset() * 1_000_000_000L
                ? slice.canary().requests()
                : 0;
        for (CheckResult result : results) {
            if (result.verdict() == CheckResult.Verdict.BREACH) {
                step(new RolloutEvent.Breached(result, spec.onBreach()), slice.endNanos() / 1_000_000);
            }
        }
    }

    private void look(int second) {
        long nowMillis = (long) second * SECOND_MILLIS;
        step(looked(), nowMillis);
        RolloutEvent opening = opening();
        while (opening != null) {
            step(opening, nowMillis);
            step(looked(), nowMillis);
            opening = opening();
        }
    }

    private RolloutEvent looked() {
        return new RolloutEvent.Looked(plan, counts.evidence(state.progress(), checks));
    }

    /** What opens the gate that the release waits at, or null where it waits at none. */
    private @Nullable RolloutEvent opening() {
        Progress at = state.progress();
        Progress.AtGate gate = at == null || state.takenBack() ? null : at.gate();
        if (gate == null || gate.open()) {
            return null;
        }
        return gate.name().equals(Step.OPERATOR)
                ? new RolloutEvent.Resume(NOBODY, "")
                : new RolloutEvent.GateOpened(RELEASE, gate.name());
    }

    private void step(RolloutEvent event, long nowMillis) {
        Ratio before = state.ratio();
        Transition.Accepted transition = after(state, event, nowMillis);
        state = transition.state();
        if (!state.ratio().equals(before)) {
            changes.add(new Change(nowMillis / 1000.0, state.ratio()));
        }
        if (state.phase() == Phase.ROLLED_BACK || state.phase() == Phase.PAUSED) {
            transition.events().stream().map(AuditEvent::check).findFirst().ifPresent(of -> check = of);
        }
    }

    private static Transition.Accepted after(@Nullable RolloutState before, RolloutEvent event, long nowMillis) {
        Transition transition = RolloutMachine.step(ROUTE, before, event, nowMillis);
        if (transition instanceof Transition.Accepted accepted) {
            return accepted;
        }
        throw new IllegalStateException("a release refused " + event + ": " + transition);
    }
}
