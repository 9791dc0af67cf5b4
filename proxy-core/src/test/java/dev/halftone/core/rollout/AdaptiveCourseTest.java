package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Evidence.Tally;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdaptiveCourseTest {
    private static final AdaptiveCourse COURSE = new AdaptiveCourse(
            new Ratio(100), new Ratio(5000), 10, Duration.ofMinutes(1), 50, 100, 0.001, Duration.ofMinutes(10));
    private static final long LATER = Duration.ofMinutes(30).toMillis();

    private static Evidence seen(long canary, long errors, double requestsPerSecond) {
        return new Evidence(
                Verdict.HEALTHY, "", canary, new Tally(canary, errors), new Tally(100_000, 100), requestsPerSecond);
    }

    private static Move next(int percent, Evidence seen, long nowMillis) {
        return COURSE.next(new Progress(COURSE.words(), 3, 0, null), new Ratio(percent * 100), seen, nowMillis);
    }

    @Test
    void worstExcess_isTheUpperEndLessStables() {
        // 2 of 400: Wilson's upper end at 2.33 standard deviations is 0.0223; stable fails 0.001 of its requests.
        assertThat(COURSE.worstExcess(seen(400, 2, 0))).isCloseTo(0.0213, within(0.0002));
        assertThat(COURSE.worstExcess(seen(0, 0, 0))).isCloseTo(0.999, within(1e-9));
        assertThat(COURSE.worstExcess(seen(10_000_000, 0, 0))).isZero();
    }

    @Test
    void paidFor_spendsTheBudgetOnWhatIsNotRuledOut() {
        Evidence seen = seen(1000, 0, 100);
        double worst = COURSE.worstExcess(seen);

        double paid = COURSE.paidFor(seen, COURSE.look());

        // What the first thousand cost, and a minute at this ratio, is the budget.
        assertThat(worst * (1000 + paid / 100 * 100 * 60)).isCloseTo(100, within(1e-6));
    }

    @Test
    void next_beforeTheLookIsOverOrWithoutSamplesOrUnhealthy_stays() {
        assertThat(next(1, seen(1000, 0, 100), 59_999)).isInstanceOf(Move.Stay.class);
        assertThat(next(1, seen(49, 0, 100), LATER)).isInstanceOf(Move.Stay.class);
        Evidence unsure = new Evidence(Verdict.INSUFFICIENT, "cold", 1000, new Tally(1000, 0), Tally.NONE, 100);
        assertThat(next(1, unsure, LATER)).isEqualTo(new Move.Stay("waits: cold"));
    }

    @Test
    void next_goesUpByTheFactorAtMostAndToMaxAtMost() {
        assertThat(next(1, seen(100_000, 100, 1), LATER))
                .isInstanceOfSatisfying(
                        Move.Enter.class, enter -> assertThat(enter.ratio()).isEqualTo(new Ratio(1000)));
        assertThat(next(20, seen(100_000, 100, 1), LATER))
                .isInstanceOfSatisfying(
                        Move.Enter.class, enter -> assertThat(enter.ratio()).isEqualTo(new Ratio(5000)));
        assertThat(next(50, seen(100_000, 100, 1), LATER))
                .isInstanceOfSatisfying(
                        Move.Enter.class, enter -> assertThat(enter.ratio()).isEqualTo(Ratio.ALL));
    }

    @Test
    void next_toEverybody_mustPayForTheWholeWatch() {
        // What a minute of everybody would cost is within the budget, what ten minutes would is not.
        Evidence seen = seen(10_000, 20, 100);
        assertThat(COURSE.paidFor(seen, COURSE.look())).isGreaterThan(100);
        assertThat(COURSE.paidFor(seen, COURSE.watch())).isLessThan(100);

        assertThat(next(50, seen, LATER)).isInstanceOf(Move.Stay.class);
    }

    @Test
    void next_toEverybody_waitsWhileComparisonsSpeakAgainstTheCanary() {
        Evidence seen = seen(100_000, 100, 1);

        assertThat(next(50, seen.withDoubt(1.1), LATER))
                .isEqualTo(new Move.Stay("waits at 50 %: so far the comparisons speak rather against the canary"));
        assertThat(next(50, seen.withDoubt(1), LATER)).isInstanceOf(Move.Enter.class);
        assertThat(next(20, seen.withDoubt(1.1), LATER)).isInstanceOf(Move.Enter.class);
    }

    @Test
    void next_failuresMakeItWait() {
        Move slow = next(1, seen(6000, 120, 1000), LATER);

        assertThat(slow)
                .isInstanceOfSatisfying(
                        Move.Stay.class,
                        stay -> assertThat(stay.waitsFor()).startsWith("waits at 1 %: an excess of up to "));
    }

    @Test
    void next_everybodyWatched_finishes() {
        assertThat(next(100, seen(1000, 0, 100), Duration.ofMinutes(10).toMillis() - 1))
                .isInstanceOf(Move.Stay.class);
        assertThat(next(100, seen(1000, 0, 100), Duration.ofMinutes(10).toMillis()))
                .isInstanceOf(Move.Finish.class);
    }

    @Test
    void next_anyEvidence_neverGoesDownAndNeverAboveWhatIsPaid() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            Ratio inForce = new Ratio(100 + random.nextInt(9900));
            long requests = 50L + random.nextInt(100_000);
            Evidence seen = seen(requests, random.nextLong(Math.max(1, requests / 50)), random.nextInt(2000));
            Move move = COURSE.next(new Progress(COURSE.words(), 3, 0, null), inForce, seen, LATER);
            if (move instanceof Move.Enter enter) {
                assertThat(enter.ratio()).isGreaterThan(inForce);
                double exposed = enter.ratio().hundredths()
                        / 10_000.0
                        * seen.requestsPerSecond()
                        * (enter.ratio().equals(Ratio.ALL) ? 600 : 60);
                double worst = COURSE.worstExcess(seen);
                assertThat(worst <= 0.001 || worst * (requests + exposed) <= 100 + 1e-6)
                        .as("%s after %s", enter, seen)
                        .isTrue();
            }
        }
    }
}
