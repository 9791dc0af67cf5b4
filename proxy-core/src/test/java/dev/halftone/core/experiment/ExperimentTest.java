package dev.halftone.core.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.experiment.ExperimentSpec.Arm;
import dev.halftone.core.experiment.ExperimentSpec.Direction;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.Finding.Verdict;
import dev.halftone.core.window.ExperimentTally;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Findings on made-up users: what is promised of the interval holds at every look, and what is there is found. */
class ExperimentTest {
    private static final int RUNS = 200;
    private static final int LOOKS = 60;

    /** In how many of the runs some interval, at some look, left the true lift out. */
    private static int everWrong(double[] rates, double spread, double newUsers, long seed) {
        int wrong = 0;
        for (int run = 0; run < RUNS; run++) {
            MadeUpTest test = new MadeUpTest(rates, spread, newUsers, 0.95, seed + run * 7919L);
            boolean isWrong = false;
            for (int look = 0; look < LOOKS; look++) {
                test.visits(200);
                List<ArmFinding> arms = test.look().arms();
                for (int i = 1; i < rates.length; i++) {
                    isWrong |= MadeUpTest.misses(arms.get(i), rates[i] / rates[0] - 1);
                }
            }
            wrong += isWrong ? 1 : 0;
        }
        return wrong;
    }

    /** Users who are one visit each, users who come back, users who hang together as much as they can; and a true lift. */
    @ParameterizedTest
    @CsvSource({"0.1, 0.1, 0, 1", "0.1, 0.1, 0.5, 0.3", "0.4, 0.4, 1, 0.05", "0.3, 0.36, 0.5, 0.3"})
    void look_atEveryMoment_intervalHoldsTheTruthAsOftenAsItSays(
            double control, double treated, double spread, double newUsers) {
        assertThat(everWrong(new double[] {control, treated}, spread, newUsers, 1))
                .isLessThanOrEqualTo(RUNS / 20);
    }

    @Test
    void look_fourVariants_allIntervalsTogetherHold() {
        assertThat(everWrong(new double[] {0.3, 0.3, 0.3, 0.3}, 0.5, 0.3, 5)).isLessThanOrEqualTo(RUNS / 20);
    }

    /** The test of the tests above: an interval for one look is wrong far more often than one time in twenty at some look. */
    @Test
    void look_intervalForOneLook_wouldNotHold() {
        int wrong = 0;
        for (int run = 0; run < RUNS; run++) {
            ExperimentTally tally = new ExperimentTally(2, "click");
            SplittableRandom random = new SplittableRandom(run);
            boolean isWrong = false;
            for (int look = 0; look < LOOKS; look++) {
                for (int i = 0; i < 200; i++) {
                    tally.reported(i & 1, random.nextLong(), random.nextInt(3) == 0 ? 1 : 0);
                }
                GoalMean a = GoalMean.of(tally.trials(0), tally.hits(0));
                GoalMean b = GoalMean.of(tally.trials(1), tally.hits(1));
                double deviation = Math.sqrt(a.logVariance() + b.logVariance());
                isWrong |= Math.abs(Math.log(a.mean() / b.mean())) > 1.96 * deviation;
            }
            wrong += isWrong ? 1 : 0;
        }
        assertThat(wrong).isGreaterThan(RUNS / 6);
    }

    @Test
    void look_lift_isFoundOnItsSide() {
        int found = 0;
        long users = 0;
        for (int run = 0; run < 50; run++) {
            MadeUpTest test = new MadeUpTest(new double[] {0.1, 0.13}, 0.5, 0.5, 0.95, 100 + run);
            Verdict verdict = Verdict.EARLY;
            for (int look = 0; look < 200 && verdict != Verdict.BETTER; look++) {
                test.visits(500);
                verdict = test.look().arms().get(1).verdict();
                assertThat(verdict).isNotEqualTo(Verdict.WORSE);
            }
            found += verdict == Verdict.BETTER ? 1 : 0;
            users += test.users();
        }
        assertThat(found).isGreaterThanOrEqualTo(48);
        assertThat(users / 50).as("users until it is found").isBetween(2_000L, 20_000L);
    }

    private static ExperimentTally tally(int users, int clicksOfA, int clicksOfB) {
        ExperimentTally tally = new ExperimentTally(2, "click");
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < users; i++) {
            for (int variant = 0; variant < 2; variant++) {
                long user = random.nextLong() & ~7L;
                tally.answered(variant, user);
                tally.reported(variant, user, i % 100 < (variant == 0 ? clicksOfA : clicksOfB) ? 1 : 0);
            }
        }
        return tally;
    }

    private static Experiment experiment(Direction direction, int minUsers, Duration minDuration) {
        return new Experiment(
                new ExperimentSpec(
                        List.of(new Arm("a", 0.5), new Arm("b", 0.5)),
                        "click",
                        direction,
                        0.95,
                        minUsers,
                        minDuration,
                        false,
                        null,
                        null),
                1000,
                1,
                null);
    }

    @Test
    void look_directionDown_lessIsBetter() {
        Finding found = experiment(Direction.DOWN, 100, Duration.ZERO).look(tally(5000, 20, 10), 2000);
        assertThat(found.arms().get(1).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(found.best()).isEqualTo(found.arms().get(1));
        assertThat(found.arms().get(1).lift()).isEqualTo(-0.5);
        assertThat(Experiment.words(found.arms().get(1), "click")).startsWith("b: click -50.0 % (-5");
        Finding lost = experiment(Direction.UP, 100, Duration.ZERO).look(tally(5000, 20, 10), 2000);
        assertThat(lost.isLost()).isTrue();
        assertThat(lost.best()).isNull();
    }

    @Test
    void look_beforeUsersAndTime_isEarlyWithAnInterval() {
        assertThat(experiment(Direction.UP, 6000, Duration.ZERO)
                        .look(tally(5000, 10, 20), 2000)
                        .arms()
                        .get(1)
                        .verdict())
                .isEqualTo(Verdict.EARLY);
        Experiment young = experiment(Direction.UP, 100, Duration.ofSeconds(1));
        assertThat(young.look(tally(5000, 10, 20), 1999).arms().get(1).verdict())
                .isEqualTo(Verdict.EARLY);
        ArmFinding old = young.look(tally(5000, 10, 20), 2000).arms().get(1);
        assertThat(old.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(old.low()).isBetween(0.7, 1.0);
        assertThat(old.high()).isBetween(1.0, 1.5);
    }

    @Test
    void look_nothingReported_saysNothing() {
        Finding found = experiment(Direction.UP, 100, Duration.ZERO).look(new ExperimentTally(2, "click"), 2000);
        assertThat(found.alarm()).isNull();
        assertThat(found.mismatch()).isEqualTo(1);
        assertThat(found.arms().get(1).verdict()).isEqualTo(Verdict.EARLY);
        assertThat(found.arms().get(1).lift()).isNaN();
        assertThat(found.best()).isNull();
        assertThat(found.isLost()).isFalse();
    }

    @Test
    void look_oneUserMakesManyReports_widensTheInterval() {
        ExperimentTally plain = tally(5000, 10, 10);
        ExperimentTally withBot = tally(5000, 10, 10);
        withBot.add(1, 8, 5000, 5000);
        ArmFinding before = experiment(Direction.UP, 100, Duration.ZERO)
                .look(plain, 2000)
                .arms()
                .get(1);
        ArmFinding after = experiment(Direction.UP, 100, Duration.ZERO)
                .look(withBot, 2000)
                .arms()
                .get(1);
        assertThat(after.lift()).isGreaterThan(3);
        assertThat(after.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(after.high() - after.low()).isGreaterThan(10 * (before.high() - before.low()));
    }

    @Test
    void look_variantLosesUsers_alarmsAndStaysSo() {
        Experiment experiment = experiment(Direction.UP, 100, Duration.ZERO);
        ExperimentTally tally = new ExperimentTally(2, "click");
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < 20_000; i++) {
            tally.answered(random.nextInt(100) < 53 ? 0 : 1, random.nextLong() & ~7L);
        }
        Finding found = experiment.look(tally, 2000);
        assertThat(found.alarm()).startsWith("users who were answered: a 5").contains(" % instead of 50.00 %, b 4");
        assertThat(found.mismatch()).isLessThan(Experiment.ALARM);
        assertThat(experiment.look(new ExperimentTally(2, "click"), 3000).alarm())
                .isEqualTo(found.alarm());
        Experiment restarted = new Experiment(
                new ExperimentSpec(
                        List.of(new Arm("a", 0.5), new Arm("b", 0.5)),
                        "click",
                        Direction.UP,
                        0.95,
                        100,
                        Duration.ZERO,
                        false,
                        null,
                        null),
                1000,
                found.mismatch(),
                found.alarm());
        assertThat(restarted.look(new ExperimentTally(2, "click"), 4000).alarm())
                .isEqualTo(found.alarm());
    }
}
