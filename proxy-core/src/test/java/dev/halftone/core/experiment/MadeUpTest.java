package dev.halftone.core.experiment;

import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.window.ExperimentTally;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An A/B test on made-up users. Each has a leaning of its own, so what one user does hangs together, and some come far more often than
 * others; new users come and old ones come back. Seeded.
 */
final class MadeUpTest {
    private final double[] rates;
    private final double spread;
    private final double newUsers;
    private final SplittableRandom random;
    private final List<long[]> known = new ArrayList<>();
    private final List<double[]> leanings = new ArrayList<>();
    private final ExperimentTally tally;
    private final Experiment experiment;

    /**
     * @param rates chance of the goal in a report, of each variant
     * @param spread of users' leanings: each one's chance is the rate times a number between 1 − spread and 1 + spread
     * @param newUsers share of visits that are a new user's
     */
    MadeUpTest(double[] rates, double spread, double newUsers, double confidence, long seed) {
        this.rates = rates.clone();
        this.spread = spread;
        this.newUsers = newUsers;
        random = new SplittableRandom(seed);
        List<Arm> arms = new ArrayList<>();
        for (int i = 0; i < rates.length; i++) {
            arms.add(new Arm("v" + i, 1.0 / rates.length));
        }
        tally = new ExperimentTally(rates.length, "click");
        experiment = new Experiment(
                new ExperimentSpec(arms, "click", Direction.UP, confidence, 100, Duration.ZERO, false, null, null),
                0,
                1,
                null);
    }

    void visits(int count) {
        for (int i = 0; i < count; i++) {
            boolean isNew = known.isEmpty() || random.nextDouble() < newUsers;
            if (isNew) {
                known.add(new long[] {random.nextInt(rates.length), random.nextLong() & ~7L});
                leanings.add(new double[] {1 + spread * (2 * random.nextDouble() - 1)});
            }
            // The square draws early users, who are the busy ones, far more often.
            double draw = random.nextDouble();
            int user = isNew ? known.size() - 1 : (int) (known.size() * draw * draw);
            int variant = (int) known.get(user)[0];
            double chance = rates[variant] * leanings.get(user)[0];
            tally.answered(variant, known.get(user)[1]);
            tally.reported(variant, known.get(user)[1], random.nextDouble() < chance ? 1 : 0);
        }
    }

    int users() {
        return known.size();
    }

    Finding look() {
        return experiment.look(tally, 1);
    }

    /** Whether an interval leaves out what is true now. */
    static boolean misses(ArmFinding arm, double truth) {
        return arm.low() > truth || arm.high() < truth;
    }
}
