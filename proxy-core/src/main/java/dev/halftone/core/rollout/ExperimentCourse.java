package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.experiment.Experiment;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.rollout.Progress.AtGate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An A/B test: one step, at which the split stays until the evidence or the date ends it.
 *
 * <table>
 * <caption>What ends a test, in this order</caption>
 * <tr><td>a variant is better, the split is as it should be, no check is in breach</td><td>it is the winner: paused, or promoted</td></tr>
 * <tr><td>every variant is worse, the split is as it should be</td><td>rolled back, check {@value #GOAL}</td></tr>
 * <tr><td>the date, a winner is known and was resumed</td><td>paused again</td></tr>
 * <tr><td>the date, undecided</td><td>aborted: back to the control, without blame</td></tr>
 * </table>
 *
 * @param treated share of users of all variants but the control
 */
public record ExperimentCourse(ExperimentSpec spec, Ratio treated) implements Course {
    /** What a rollback is counted under where the goal got worse. */
    public static final String GOAL = "goal";

    private static final String BEGINNING = "A/B test of ";

    /** Whether what stands on this plan is an A/B test. */
    static boolean isTest(@Nullable Progress at) {
        return at != null && at.plan().startsWith(BEGINNING);
    }

    @Override
    public Move next(Progress at, Ratio inForce, Evidence seen, long nowMillis) {
        if (at.step() < 0) {
            return new Move.Enter(0, treated, "the A/B test begins");
        }
        Finding found = seen.finding();
        long endMillis = spec.endMillis(found == null ? at.sinceMillis() : found.startedMillis());
        Move byEvidence =
                found == null || found.alarm() != null || at.winner() != null ? null : byEvidence(found, seen);
        if (byEvidence != null) {
            return byEvidence;
        }
        String end =
                Instant.ofEpochMilli(endMillis).truncatedTo(ChronoUnit.SECONDS).toString();
        if (nowMillis >= endMillis) {
            return byDate(at, found, end);
        }
        String until = endMillis == Long.MAX_VALUE ? "the evidence" : "the evidence or " + end;
        return new Move.Stay("the A/B test runs until " + until + (found == null ? "" : "; " + words(found)));
    }

    private @Nullable Move byEvidence(Finding found, Evidence seen) {
        ArmFinding best = found.best();
        if (best != null) {
            String why = "variant " + Experiment.words(best, spec.metric()) + " won";
            boolean mayPromote = !spec.promotes() || seen.verdict() == Verdict.HEALTHY;
            return mayPromote
                    ? new Move.Win(best.name(), spec.promotes(), why)
                    : new Move.Stay(why + "; promotion waits: " + seen.why());
        }
        return found.isLost() ? new Move.End(GOAL, "the control won; " + words(found)) : null;
    }

    private Move byDate(Progress at, @Nullable Finding found, String end) {
        String winner = at.winner();
        if (winner != null) {
            return new Move.Win(
                    winner, false, "variant " + winner + " has won, and the test's time was over at " + end);
        }
        return new Move.End(
                "", "undecided when its time was over at " + end + (found == null ? "" : "; " + words(found)));
    }

    private String words(Finding found) {
        String arms = found.arms().stream()
                .skip(1)
                .map(arm -> Double.isNaN(arm.lift())
                        ? arm.name() + ": too little yet"
                        : Experiment.words(arm, spec.metric()))
                .collect(Collectors.joining(", "));
        return found.alarm() == null ? arms : "the evidence does not count, as the split is wrong, " + found.alarm();
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public int placeOf(Ratio inForce) {
        return inForce.compareTo(treated) < 0 ? -1 : 0;
    }

    @Override
    public Ratio ratioAt(int place, Ratio inForce) {
        return place < 0 ? inForce : treated;
    }

    /** Without what may change under way: how sure and how long. */
    @Override
    public String words() {
        return BEGINNING
                + spec.arms().stream()
                        .map(arm -> arm.name() + " " + Math.round(arm.share() * 10_000) / 100.0 + " %")
                        .collect(Collectors.joining(", "))
                + " by " + spec.metric() + " " + spec.direction().label();
    }

    /** What an operator cannot do to a test, or null. */
    static @Nullable String objection(RolloutState state, RolloutEvent.Command command) {
        if (!isTest(state.progress())) {
            return null;
        }
        if (command instanceof RolloutEvent.SetRatio) {
            return "release " + state.release()
                    + " is an A/B test, whose shares stand in the file: another ratio would spoil it"
                    + " (expected: pause, promote, rollback or abort)";
        }
        boolean isNameless = command instanceof RolloutEvent.Promote promote && winner(state, promote) == null;
        return isNameless
                ? "no variant has won yet (expected: the variant's name, as `halftone promote " + state.route()
                        + " --variant NAME`)"
                : null;
    }

    /** The variant that a promotion is about; null where there is none to name. */
    static @Nullable String winner(RolloutState state, RolloutEvent.Promote promote) {
        Progress at = state.progress();
        return promote.variant() != null || at == null ? promote.variant() : at.winner();
    }

    /** The same place, with the gate left as it is. */
    static Progress won(Progress at, String winner, long nowMillis) {
        AtGate gate = at.gate();
        return at.entered(at.step(), gate, nowMillis).withWinner(winner);
    }
}
