package dev.halftone.server.proxy;

import java.util.Arrays;

/**
 * How many requests of one route may be sent again on one event loop: a share of those of the last ten seconds, and ten a second
 * besides, so that few requests are not left without. Retries and rescues are counted apart. Event loop only.
 */
final class ReplayBudget {
    static final int SECONDS = 10;
    /** Replays in {@link #SECONDS} that need no requests. */
    static final int RESERVE = 100;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Counts requests = new Counts();
    private final Counts[] replays = {new Counts(), new Counts()};
    private long secondNanos;
    private int at;

    /** Events of the last seconds. */
    private static final class Counts {
        private final long[] seconds = new long[SECONDS];
        private long total;

        void add(int second) {
            seconds[second]++;
            total++;
        }

        void forget(int second) {
            total -= seconds[second];
            seconds[second] = 0;
        }

        void forgetAll() {
            total = 0;
            Arrays.fill(seconds, 0);
        }
    }

    /** @param nowNanos on a monotonic clock */
    ReplayBudget(long nowNanos) {
        secondNanos = nowNanos;
    }

    /** A client has asked. */
    void requested(long nowNanos) {
        turn(nowNanos);
        requests.add(at);
    }

    /**
     * Takes one replay out of the budget.
     *
     * @param percent 0..100; 0: none at all
     * @return false if there is none left
     */
    boolean take(Attempts.Next kind, int percent, long nowNanos) {
        turn(nowNanos);
        Counts taken = replays[kind.ordinal()];
        boolean left = percent > 0 && taken.total < RESERVE + requests.total * percent / 100;
        if (left) {
            taken.add(at);
        }
        return left;
    }

    private void turn(long nowNanos) {
        long elapsed = nowNanos - secondNanos;
        if (elapsed < SECOND_NANOS) {
            return;
        }
        if (elapsed >= SECONDS * SECOND_NANOS) {
            requests.forgetAll();
            replays[0].forgetAll();
            replays[1].forgetAll();
            secondNanos = nowNanos;
            return;
        }
        while (nowNanos - secondNanos >= SECOND_NANOS) {
            secondNanos += SECOND_NANOS;
            at = (at + 1) % SECONDS;
            requests.forget(at);
            replays[0].forget(at);
            replays[1].forget(at);
        }
    }
}
