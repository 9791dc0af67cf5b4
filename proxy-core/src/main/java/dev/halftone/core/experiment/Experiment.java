package dev.halftone.core.experiment;

import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.Finding.Verdict;
import dev.halftone.core.window.ExperimentTally;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges an A/B test, at any time and as often as one likes.
 *
 * <p>The lift of a variant is the ratio of its goal's mean to the control's, less one. Its logarithm is estimated with the variance of
 * {@link GoalMean} of both sides and gets the interval of {@link ConfidenceSequence}; with more than one variant beside the control,
 * each at its share of what may go wrong (Bonferroni). So the chance that any interval of the test is ever wrong, at any look, is
 * about {@code 1 − confidence} at most: a limit for many users, and for users who are independent of one another. No interval is
 * given before both sides have {@value #LEAST_CELLS} cells of users and {@value #LEAST_HITS} hits, where the limit is close.
 *
 * <p>The split is judged by {@link SampleRatio} twice, of users who were answered and of users whose answer told of the goal, each at half
 * of {@value #ALARM}. An alarm stays: what came before is not to be trusted either.
 *
 * <p>Remembers the worst of the split and nothing else. One thread.
 */
public final class Experiment {
    /** Chance of an alarm in a test in which nothing is wrong with the split, over its whole life. */
    public static final double ALARM = 0.001;

    private static final int LEAST_CELLS = 100;
    private static final int LEAST_HITS = 20;

    private final ExperimentSpec spec;
    private final long startedMillis;
    private double mismatch;
    private @Nullable String alarm;

    /**
     * @param startedMillis epoch milliseconds
     * @param mismatch the worst so far, 1 for none
     * @param alarm what was said then, or null
     */
    public Experiment(ExperimentSpec spec, long startedMillis, double mismatch, @Nullable String alarm) {
        this.spec = spec;
        this.startedMillis = startedMillis;
        this.mismatch = mismatch;
        this.alarm = alarm;
    }

    public long startedMillis() {
        return startedMillis;
    }

    /** @param nowMillis epoch milliseconds */
    public Finding look(ExperimentTally tally, long nowMillis) {
        long[] answered = tally.answeredUsers();
        long[] reported = tally.reportedUsers();
        judgeSplit(answered, "were answered");
        judgeSplit(reported, "had the goal reported with an answer");
        List<ArmFinding> arms = new ArrayList<>();
        GoalMean control = GoalMean.of(tally.trials(0), tally.hits(0));
        for (int i = 0; i < spec.arms().size(); i++) {
            GoalMean mean = i == 0 ? control : GoalMean.of(tally.trials(i), tally.hits(i));
            arms.add(arm(i, control, mean, users(answered, i), users(reported, i), users(answered, 0), nowMillis));
        }
        return new Finding(startedMillis, arms, mismatch, alarm);
    }

    private static long users(long[] counted, int arm) {
        long all = Arrays.stream(counted).sum();
        return all == 0 ? 0 : Math.round(ExperimentTally.usersFor(all) * counted[arm] / all);
    }

    private void judgeSplit(long[] counts, String who) {
        double chance = Math.min(1, 2 * Math.exp(-SampleRatio.logEvidence(counts, spec.shares())));
        mismatch = Math.min(mismatch, chance);
        if (chance > ALARM || alarm != null) {
            return;
        }
        long all = Arrays.stream(counts).sum();
        StringBuilder text = new StringBuilder("users who ").append(who).append(": ");
        for (int i = 0; i < counts.length; i++) {
            Arm arm = spec.arms().get(i);
            text.append(i == 0 ? "" : ", ")
                    .append(arm.name())
                    .append(' ')
                    .append(percent((double) counts[i] / all, 2))
                    .append(" % instead of ")
                    .append(percent(arm.share(), 2))
                    .append(" %");
        }
        alarm = text.append(" of ").append(all).toString();
    }

    private ArmFinding arm(
            int number, GoalMean control, GoalMean mean, long users, long reported, long controlUsers, long nowMillis) {
        Arm arm = spec.arms().get(number);
        double lift = Double.NaN;
        double low = Double.NaN;
        double high = Double.NaN;
        Verdict verdict = number == 0 ? Verdict.CONTROL : Verdict.EARLY;
        if (number > 0 && isEnough(control) && isEnough(mean)) {
            double log = Math.log(mean.mean() / control.mean());
            double alpha = (1 - spec.confidence()) / (spec.arms().size() - 1);
            double half = ConfidenceSequence.halfWidth(mean.logVariance() + control.logVariance(), alpha);
            lift = Math.expm1(log);
            low = Math.expm1(log - half);
            high = Math.expm1(log + half);
            boolean isOld = nowMillis - startedMillis >= spec.minDuration().toMillis();
            verdict = isOld && Math.min(users, controlUsers) >= spec.minUsers() ? verdict(low, high) : verdict;
        }
        return new ArmFinding(
                arm.name(),
                arm.share(),
                users,
                reported,
                mean.trials(),
                mean.hits(),
                mean.mean(),
                lift,
                low,
                high,
                verdict);
    }

    private static boolean isEnough(GoalMean mean) {
        return mean.cells() >= LEAST_CELLS && mean.hits() >= LEAST_HITS && mean.variance() > 0;
    }

    private Verdict verdict(double low, double high) {
        boolean isUp = spec.direction() == Direction.UP;
        if (low > 0) {
            return isUp ? Verdict.BETTER : Verdict.WORSE;
        }
        return high < 0 ? isUp ? Verdict.WORSE : Verdict.BETTER : Verdict.UNDECIDED;
    }

    /** As {@code B: click +3.1 % (1.2 to 5.0)}. */
    public static String words(ArmFinding arm, String metric) {
        return arm.name() + ": " + metric + " " + signed(arm.lift()) + " % (" + percent(arm.low(), 1) + " to "
                + percent(arm.high(), 1) + ")";
    }

    private static String signed(double share) {
        return (share > 0 ? "+" : "") + percent(share, 1);
    }

    private static String percent(double share, int digits) {
        return BigDecimal.valueOf(share * 100)
                .setScale(digits, RoundingMode.HALF_UP)
                .toPlainString();
    }
}
