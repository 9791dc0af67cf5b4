package dev.halftone.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UserCapsTest {
    private static final long SECOND = 1_000_000_000L;

    private static long user(long number) {
        return OutcomeShard.user(number * 0x9e3779b97f4a7c15L, 0, 1);
    }

    private static boolean counts(UserCaps caps, long user, long now) {
        return (caps.admit(user, now) & UserCaps.COUNTED) != 0;
    }

    private static boolean spotted(UserCaps caps, long user, long now) {
        return (caps.admit(user, now) & UserCaps.SPOTTED) != 0;
    }

    @Test
    void admit_oneUser_firstTwoInTenSeconds() {
        UserCaps caps = new UserCaps();
        assertThat(counts(caps, user(1), 0)).isTrue();
        assertThat(counts(caps, user(1), SECOND)).isTrue();
        assertThat(counts(caps, user(1), 2 * SECOND)).isFalse();
        assertThat(counts(caps, user(2), 2 * SECOND)).isTrue();
        assertThat(counts(caps, user(1), 9 * SECOND)).isFalse();
        assertThat(counts(caps, user(1), 11 * SECOND)).isTrue();
    }

    @Test
    void admit_busyUser_oneASecondForTheStopOnTheSpot() {
        UserCaps caps = new UserCaps();
        int spotted = 0;
        for (int i = 0; i < 600; i++) {
            spotted += spotted(caps, user(1), i * SECOND / 10) ? 1 : 0;
        }
        assertThat(spotted).as("in a minute").isBetween(50, 60);
        caps.failed(user(1));
        assertThat(spotted(caps, user(1), 61 * SECOND)).as("a retry").isFalse();
        assertThat(spotted(caps, user(1), 72 * SECOND)).isTrue();
    }

    @Test
    void admit_afterAFailure_notForTenSeconds() {
        UserCaps caps = new UserCaps();
        assertThat(counts(caps, user(1), 0)).isTrue();
        caps.failed(user(1));
        assertThat(caps.admit(user(1), SECOND)).isZero();
        assertThat(counts(caps, user(1), 11 * SECOND)).isTrue();
    }

    @Test
    void admit_afterTwoFailures_notForAnHourAndThenAgain() {
        UserCaps caps = new UserCaps();
        for (int i = 0; i < 2; i++) {
            assertThat(counts(caps, user(1), i * 20L * SECOND)).isTrue();
            caps.failed(user(1));
        }
        for (int minute = 2; minute < 60; minute++) {
            assertThat(caps.admit(user(1), minute * 60L * SECOND)).isZero();
        }
        assertThat(counts(caps, user(1), 3 * 3600 * SECOND)).isTrue();
    }

    /** Against a model that remembers everything: whatever is forgotten or confused, nobody counts more than he may. */
    @Test
    void admit_manyUsersAtRandom_neverCountsMoreThanTheExactRule() {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            UserCaps caps = new UserCaps();
            Map<Long, Deque<Long>> counted = new HashMap<>();
            Map<Long, Deque<Long>> failed = new HashMap<>();
            Map<Long, Long> spotted = new HashMap<>();
            long now = 0;
            int users = 20 + random.nextInt(200_000);
            long admitted = 0;
            for (int i = 0; i < 300_000; i++) {
                now += (long) (-Math.log(1 - random.nextDouble()) * SECOND / (1 << random.nextInt(14)));
                long user = user((long) (users * Math.pow(random.nextDouble(), 3)));
                int flags = caps.admit(user, now);
                if ((flags & UserCaps.SPOTTED) != 0) {
                    Long before = spotted.put(user, now);
                    assertThat(before != null && now - before < SECOND - SECOND / 7)
                            .as("seed %d: twice in a second", seed)
                            .isFalse();
                }
                if ((flags & UserCaps.COUNTED) == 0) {
                    continue;
                }
                admitted++;
                Deque<Long> recent = counted.computeIfAbsent(user, any -> new ArrayDeque<>());
                while (!recent.isEmpty() && now - recent.getFirst() > UserCaps.WINDOW_NANOS) {
                    recent.removeFirst();
                }
                recent.addLast(now);
                // Two windows may touch: so never more than two in one, nor than four across two.
                assertThat(recent.size()).as("seed %d", seed).isLessThanOrEqualTo(2 * UserCaps.REQUESTS - 1);
                Deque<Long> failures = failed.computeIfAbsent(user, any -> new ArrayDeque<>());
                while (!failures.isEmpty() && now - failures.getFirst() > UserCaps.QUARANTINE_NANOS) {
                    failures.removeFirst();
                }
                assertThat(failures.size()).as("seed %d", seed).isLessThan(UserCaps.FAILURES);
                if (random.nextInt(10) == 0) {
                    caps.failed(user);
                    failures.addLast(now);
                }
            }
            assertThat(admitted).as("seed %d", seed).isGreaterThan(1000);
        }
    }
}
