package dev.halftone.core.experiment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an A/B test at one moment. Immutable.
 *
 * @param startedMillis when its first user was let in, epoch milliseconds
 * @param arms one for each variant, the control first
 * @param mismatch the chance at most of so odd a split of users, if nothing is wrong, at the oddest moment so far, 0..1
 * @param alarm why the split is not to be trusted, in a sentence; null while it is
 */
public record Finding(
        long startedMillis,
        List<ArmFinding> arms,
        double mismatch,
        @Nullable String alarm) {
    public Finding {
        arms = List.copyOf(arms);
    }

    /** What the goal says of a variant against the control. */
    public enum Verdict {
        /** It is the control. */
        CONTROL("control"),
        /** Too few users, reports or hits yet, or too short a time. */
        EARLY("early"),
        /** The interval holds no lift too. */
        UNDECIDED("undecided"),
        BETTER("better"),
        WORSE("worse");

        private final String label;

        Verdict(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * One variant.
     *
     * @param users different users who were answered, about
     * @param reported different users of whom the goal was reported with an answer, about
     * @param trials reports of the goal by known users
     * @param hits of them
     * @param mean hits over trials; NaN without trials
     * @param lift of the mean over the control's, 0.03 for 3 % more; NaN of the control and while there is none
     * @param low lower end of the lift's interval, which holds at all times together; NaN while there is none
     * @param high upper end
     */
    public record ArmFinding(
            String name,
            double share,
            long users,
            long reported,
            long trials,
            long hits,
            double mean,
            double lift,
            double low,
            double high,
            Verdict verdict) {}

    /** Of the variants that are better than the control the one that is surest to be so by most, or null. */
    public @Nullable ArmFinding best() {
        ArmFinding best = null;
        for (ArmFinding arm : arms) {
            boolean isSurer = best == null
                    || Math.min(Math.abs(arm.low), Math.abs(arm.high))
                            > Math.min(Math.abs(best.low), Math.abs(best.high));
            best = arm.verdict == Verdict.BETTER && isSurer ? arm : best;
        }
        return best;
    }

    /** Whether every variant but the control is worse. */
    public boolean isLost() {
        return arms.stream().skip(1).allMatch(arm -> arm.verdict == Verdict.WORSE);
    }
}
