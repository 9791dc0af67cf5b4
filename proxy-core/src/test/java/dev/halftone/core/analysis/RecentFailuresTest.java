package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.RecentFailures.Who;
import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.window.FailingUsers;
import org.junit.jupiter.api.Test;

class RecentFailuresTest {
    private final RecentFailures failures = new RecentFailures();

    private static long user(int number) {
        return (long) number << 16;
    }

    @Test
    void after_olderOnes_areLeftOut() {
        failures.add(FailingUsers.of(new long[] {user(1), user(1)}, 0), 10);
        failures.add(FailingUsers.of(new long[] {user(2)}, 3), 20);

        Who who = failures.after(10);

        assertThat(who.users()).isEqualTo(4);
        assertThat(who.top()).containsExactly(new Contributor("000000000002", 1, 0.25));
        assertThat(failures.after(9).top()).first().isEqualTo(new Contributor("000000000001", 2, 2.0 / 6));
    }

    @Test
    void add_moreThanAreKept_theNewestStay() {
        for (int i = 1; i <= 5000; i++) {
            failures.add(FailingUsers.of(new long[] {user(i)}, 0), i);
        }

        assertThat(failures.after(0).users()).isEqualTo(RecentFailures.KEPT);
        assertThat(failures.after(4999).top()).containsExactly(new Contributor("000000001388", 1, 1));
    }

    @Test
    void after_manyUsers_fiveAreNamed() {
        for (int i = 1; i <= 40; i++) {
            failures.add(FailingUsers.of(new long[] {user(i), user(i % 7 + 1)}, 0), i);
        }

        assertThat(failures.after(0).top())
                .hasSize(5)
                .isSortedAccordingTo((left, right) -> Long.compare(right.failures(), left.failures()));
    }
}
