package dev.halftone.core.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Counts of an A/B test: each user once, every report, and what is kept of them. */
class ExperimentTallyTest {
    private final ExperimentTally tally = new ExperimentTally(3, "click");

    @Test
    void answered_sameUserAgain_countsOnce() {
        for (int i = 0; i < 5; i++) {
            tally.answered(1, 77L << 20);
            tally.answered(2, 78L << 20);
        }
        assertThat(tally.answeredUsers()).containsExactly(0, 1, 1);
        assertThat(tally.reportedUsers()).containsExactly(0, 0, 0);
    }

    @Test
    void answered_manyUsers_areEstimatedWithinAPerCent() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 800_000; i++) {
            tally.answered(i % 3, random.nextLong());
        }
        long counted = Arrays.stream(tally.answeredUsers()).sum();
        assertThat(counted).isLessThan(600_000);
        assertThat(ExperimentTally.usersFor(counted)).isBetween(792_000.0, 808_000.0);
    }

    @Test
    void reported_ofOneUser_fallsIntoOneCell() {
        tally.reported(1, 5L << 3, 1);
        tally.reported(1, 5L << 3, 0);
        tally.add(1, 5L << 3, 1_000_000, 400_000);
        assertThat(tally.trials(1)[5]).isEqualTo(1_000_002);
        assertThat(tally.hits(1)[5]).isEqualTo(400_001);
        assertThat(Arrays.stream(tally.trials(1)).sum()).isEqualTo(1_000_002);
        assertThat(tally.reportedUsers()).containsExactly(0, 1, 0);
    }

    @Test
    void variantOfAnotherSplit_isPassedOver() {
        tally.answered(3, 8);
        tally.reported(3, 8, 1);
        assertThat(tally.answeredUsers()).containsExactly(0, 0, 0);
        assertThat(tally.memory().cells()).containsOnly(0);
    }

    @Test
    void restored_goesOnWhereItWas() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 1000; i++) {
            tally.answered(i % 3, random.nextLong());
            tally.reported(i % 3, random.nextLong(), i & 1);
        }
        ExperimentTally again = ExperimentTally.restored(3, "click", tally.memory());
        assertThat(again.answeredUsers()).isEqualTo(tally.answeredUsers());
        assertThat(again.reportedUsers()).isEqualTo(tally.reportedUsers());
        assertThat(again.trials(2)).isEqualTo(tally.trials(2));
        assertThat(again.hits(2)).isEqualTo(tally.hits(2));
        SplittableRandom same = new SplittableRandom(2);
        again.answered(0, same.nextLong());
        assertThat(again.answeredUsers()).as("known users").isEqualTo(tally.answeredUsers());
        assertThatThrownBy(() -> ExperimentTally.restored(2, "click", tally.memory()))
                .hasMessage("a memory of other measures (expected: of 2 variants)");
    }

    @Test
    void written_allocatesNothing() {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                tally.answered(i % 3, i * 0x9e3779b97f4a7c15L);
                tally.reported(i % 3, i * 0x9e3779b97f4a7c15L, 1);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes for 10000 users").isLessThan(10_000);
    }
}
