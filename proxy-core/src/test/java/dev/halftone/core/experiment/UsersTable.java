package dev.halftone.core.experiment;

import dev.halftone.core.experiment.Finding.Verdict;
import java.util.Arrays;
import java.util.Locale;

/**
 * How many users an A/B test of two variants takes, on made-up users: the table of docs/experiments.md. Each user comes twice on average
 * and has a leaning between half and one and a half of the rate. Looked at after each per cent more visits, from a thousand on.
 */
final class UsersTable {
    private static final int RUNS = 40;
    private static final int MOST_VISITS = 1_000_000;
    private static final double[] RATES = {0.02, 0.1, 0.4};
    private static final double[] LIFTS = {0, 0.05, 0.1, 0.2, -0.1};

    private UsersTable() {}

    public static void main(String[] args) {
        System.out.println(
                "| rate of the control | true lift | decided | wrongly | users, median | users, nine of ten |");
        System.out.println("|---|---|---|---|---|---|");
        for (double rate : RATES) {
            for (double lift : LIFTS) {
                System.out.println(row(rate, lift));
            }
        }
    }

    private static String row(double rate, double lift) {
        int right = 0;
        int wrong = 0;
        long[] users = new long[RUNS];
        for (int run = 0; run < RUNS; run++) {
            MadeUpTest test = new MadeUpTest(new double[] {rate, rate * (1 + lift)}, 0.5, 0.5, 0.95, 1000 + run);
            Verdict verdict = decide(test);
            boolean isDecided = verdict == Verdict.BETTER || verdict == Verdict.WORSE;
            boolean isRight = isDecided && (verdict == Verdict.BETTER ? lift > 0 : lift < 0);
            right += isRight ? 1 : 0;
            wrong += isDecided && !isRight ? 1 : 0;
            users[run] = isDecided ? test.users() : Long.MAX_VALUE;
        }
        Arrays.sort(users);
        return String.format(
                Locale.ROOT,
                "| %.0f %% | %+.0f %% | %d of %d | %d | %s | %s |",
                rate * 100,
                lift * 100,
                right + wrong,
                RUNS,
                wrong,
                shown(users[RUNS / 2]),
                shown(users[RUNS * 9 / 10]));
    }

    private static Verdict decide(MadeUpTest test) {
        Verdict verdict = Verdict.EARLY;
        int step = 1000;
        for (int visits = step; visits <= MOST_VISITS; visits += step) {
            test.visits(step);
            verdict = test.look().arms().get(1).verdict();
            if (verdict == Verdict.BETTER || verdict == Verdict.WORSE) {
                return verdict;
            }
            step = Math.max(1000, visits / 100);
        }
        return verdict;
    }

    private static String shown(long users) {
        return users == Long.MAX_VALUE
                ? "more than 500 000"
                : String.format(Locale.ROOT, "%,d", users).replace(',', ' ');
    }
}
