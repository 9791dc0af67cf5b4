package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A version's own walk: its size is learnt, what it foretells is followed, and a regression does not pass for one. */
class WanderTest {
    private static final double MEMORY = 25;
    private static final double PRECISION = 150;
    private static final double TOLERATED = Math.log(1.02);
    private static final double FIFTH = Math.log(1.2);

    /** An autoregressive walk seen through the chance of some hundred requests a second. */
    private static final class Walk {
        private final Random random;
        private final double kept = Math.exp(-1 / MEMORY);
        private final double size;
        private double at;

        Walk(double size, long seed) {
            this.size = size;
            random = new Random(seed);
        }

        double next() {
            at = at * kept + size * Math.sqrt(1 - kept * kept) * random.nextGaussian();
            return at + random.nextGaussian() / Math.sqrt(PRECISION);
        }
    }

    private static Wander wander() {
        Wander wander = new Wander(new double[] {FIFTH});
        wander.tolerate(TOLERATED);
        return wander;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.045, 0.08})
    void size_ofAWalk_isLearntInAnHour(double size) {
        Walk walk = new Walk(size, 7);
        WanderSize learnt = new WanderSize(MEMORY);
        for (int second = 0; second < 3600; second++) {
            learnt.add(1, walk.next(), PRECISION);
        }

        assertThat(Math.sqrt(learnt.squared())).isBetween(size * 0.7, size * 1.4);
    }

    @Test
    void size_whereNothingIsSeen_staysAsUsual() {
        WanderSize learnt = new WanderSize(MEMORY);
        double before = learnt.squared();
        for (int second = 0; second < 3600; second++) {
            learnt.add(1, 0, 0);
        }

        assertThat(learnt.squared()).isEqualTo(before);
    }

    @Test
    void size_afterAJump_isTheSameForThreeMinutes() {
        WanderSize learnt = new WanderSize(MEMORY);
        WanderSize jumped = new WanderSize(MEMORY);
        Walk walk = new Walk(0.03, 3);
        for (int second = 0; second < 1200; second++) {
            double slowdown = walk.next();
            learnt.add(1, slowdown, PRECISION);
            jumped.add(1, slowdown + (second < 1000 ? 0 : 0.6), PRECISION);
            if (second < 1180) {
                assertThat(jumped.squared()).as("second %d", second).isEqualTo(learnt.squared());
            }
        }

        assertThat(jumped.squared()).isGreaterThan(learnt.squared());
    }

    @Test
    void size_onePause_isNoWalk() {
        WanderSize learnt = new WanderSize(MEMORY);
        Walk walk = new Walk(0.02, 5);
        for (int second = 0; second < 1800; second++) {
            learnt.add(1, second % 60 == 0 ? 1.5 : walk.next(), PRECISION);
        }

        assertThat(Math.sqrt(learnt.squared())).isLessThan(0.1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.3})
    void level_ofACanaryThatIsAlikeOrFaster_isTheToleranceAllTheTime(double slowdown) {
        Wander wander = wander();
        for (int second = 0; second < 600; second++) {
            wander.add(1, slowdown, PRECISION);
            assertThat(wander.level(0)).isEqualTo(TOLERATED);
        }
    }

    @Test
    void level_ofACanaryThatWalks_isNeverBelowTheTolerance() {
        Wander wander = wander();
        Walk walk = new Walk(0.08, 13);
        for (int second = 0; second < 3600; second++) {
            wander.add(1, walk.next(), PRECISION);
            assertThat(wander.level(0)).isGreaterThanOrEqualTo(TOLERATED);
        }
    }

    @Test
    void level_ofACanaryThatStrayed_followsAndComesBack() {
        Wander wander = wander();
        for (int second = 0; second < 60; second++) {
            wander.add(1, 0.1, PRECISION);
        }
        double strayed = wander.level(0);
        for (int second = 0; second < 300; second++) {
            wander.add(1, 0, 0);
        }

        assertThat(strayed).isBetween(TOLERATED + 0.01, 0.1);
        assertThat(wander.level(0)).isCloseTo(TOLERATED, within(1e-4));
    }

    @Test
    void level_ofACanaryTwiceAsSlow_staysFarBelow() {
        Wander wander = wander();
        for (int second = 0; second < 120; second++) {
            wander.add(1, Math.log(2), PRECISION);
        }

        assertThat(wander.level(0)).isLessThan(0.2);
    }

    @Test
    void level_inAnIncidentOfBoth_mayStrayFurther() {
        Wander quiet = wander();
        Wander restless = wander();
        restless.unrest(true);
        for (int second = 0; second < 60; second++) {
            quiet.add(1, 0.3, PRECISION);
            restless.add(1, 0.3, PRECISION);
        }
        assertThat(restless.level(0)).isGreaterThan(quiet.level(0) * 1.2);
        restless.unrest(false);
        restless.add(1, 0.3, PRECISION);
        quiet.add(1, 0.3, PRECISION);
        assertThat(restless.level(0)).isEqualTo(quiet.level(0));
    }

    @Test
    void begin_ofAnAlternative_isFromWhereTheCanaryStood() {
        Wander wander = wander();
        for (int second = 0; second < 60; second++) {
            wander.add(1, 0.08, PRECISION);
        }
        double above = wander.level(0) - TOLERATED;

        wander.begin(1, 0.5);
        double half = wander.level(1) - TOLERATED - FIFTH;
        wander.begin(1, 1);

        assertThat(wander.level(1) - TOLERATED - FIFTH).isCloseTo(above, within(1e-12));
        assertThat(half).isLessThan(above);
    }

    @Test
    void level_ofAnAlternativeThatJustBegan_isAboveWhatIsTolerated() {
        Random random = new Random(11);
        Wander wander = wander();
        for (int second = 0; second < 5000; second++) {
            wander.begin(1, 1);
            assertThat(wander.level(1)).isGreaterThan(wander.level(0));
            wander.add(0.2 + random.nextDouble(), random.nextGaussian(), random.nextInt(4) * 100);
        }
    }

    @Test
    void dilution_growsWithWhatASliceTells() {
        Wander wander = wander();
        wander.add(1, 0, PRECISION);

        assertThat(wander.dilution(0)).isEqualTo(1);
        assertThat(wander.dilution(1)).isBetween(1.0, 1.01);
        assertThat(wander.dilution(10_000)).isGreaterThan(2);
    }
}
