package dev.halftone.core.window;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one route and version on one event loop. They only grow. Written by that loop alone, by release stores, which
 * cost what plain ones do on x86; read by any thread, which may see a count a moment late but never a wrong one.
 */
final class OutcomeCell {
    /** Code classes 1xx to 5xx, and the one for requests that no upstream answered. */
    static final int CODES = 6;

    static final int REASONS = Reason.values().length;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OCTAVE = MethodHandles.arrayElementVarHandle(long[][].class);

    private final long[] codes = new long[CODES * REASONS];
    private final Latencies all = new Latencies();
    private volatile @Nullable Analyzed analyzed;

    /** Latencies by bin; the bins of a doubling are made when first needed. */
    static final class Latencies {
        private final long[][] octaves = new long[LatencyBins.OCTAVES][];
        private final long[] sum = new long[1];

        void add(long nanos) {
            int index = LatencyBins.indexOf(nanos);
            int octave = index >>> LatencyBins.SUB_BITS;
            long[] bins = octaves[octave];
            if (bins == null) {
                bins = new long[LatencyBins.SUBS];
                OCTAVE.setRelease(octaves, octave, bins);
            }
            increment(bins, index & (LatencyBins.SUBS - 1));
            LONGS.setRelease(sum, 0, sum[0] + nanos);
        }

        void addTo(BinSums bins) {
            advance(new long[LatencyBins.OCTAVES][], bins);
        }

        /**
         * Adds what has come since the last reading.
         *
         * @param read of each bin by then, brought up to now
         */
        void advance(long[][] read, BinSums added) {
            for (int octave = 0; octave < LatencyBins.OCTAVES; octave++) {
                long[] from = (long[]) OCTAVE.getAcquire(octaves, octave);
                if (from == null) {
                    continue;
                }
                if (read[octave] == null) {
                    read[octave] = new long[LatencyBins.SUBS];
                }
                long[] before = read[octave];
                for (int i = 0; i < LatencyBins.SUBS; i++) {
                    long now = (long) LONGS.getAcquire(from, i);
                    if (now != before[i]) {
                        added.add(octave * LatencyBins.SUBS + i, now - before[i]);
                        before[i] = now;
                    }
                }
            }
        }

        long sumNanos() {
            return (long) LONGS.getAcquire(sum, 0);
        }
    }

    /**
     * Which users came in one slice, as the bits of {@link UserBits}. One for even slices and one for odd, so that the loop
     * clears one only when the control thread is done with it: a slice after it was closed.
     */
    private static final class SeenUsers {
        private final long[] words = new long[UserBits.BITS / Long.SIZE];
        private volatile int slice;

        void add(int bit, int now) {
            if (slice != now) {
                for (int i = 0; i < words.length; i++) {
                    LONGS.setOpaque(words, i, 0L);
                }
                slice = now;
            }
            long word = words[bit >>> 6];
            if ((word >>> bit & 1) == 0) {
                LONGS.setRelease(words, bit >>> 6, word | 1L << bit);
            }
        }

        void addTo(long[] sum, int of) {
            for (int i = 0; slice == of && i < words.length; i++) {
                sum[i] |= (long) LONGS.getAcquire(words, i);
            }
        }
    }

    /** Some of a release's outcomes. */
    static final class Tally {
        static final int REQUESTS = 0;
        static final int ERRORS = 1;
        static final int CLIENT_FAULTS = 2;

        private final long[] counts = new long[3];
        private final Latencies latencies = new Latencies();

        void add(Outcome outcome, long latencyNanos) {
            increment(counts, REQUESTS);
            if (latencyNanos >= 0) {
                latencies.add(latencyNanos);
            }
            if (outcome == Outcome.ERROR) {
                increment(counts, ERRORS);
            } else if (outcome == Outcome.CLIENT_FAULT) {
                increment(counts, CLIENT_FAULTS);
            }
        }

        long count(int which) {
            return (long) LONGS.getAcquire(counts, which);
        }

        Latencies latencies() {
            return latencies;
        }
    }

    /** What is analysed, of one release: what counts for the checks, what is beyond a user's share, and whose it was. */
    static final class Analyzed {
        /** So many failing users are kept between two readings; of more, the first are lost. */
        static final int FAILING = 256;

        private final int epoch;
        private final Tally counted = new Tally();
        private final Tally beyond = new Tally();
        private static final long[] NOBODY = new long[0];

        // Of users that failed; made with the first.
        private volatile long[] failing = NOBODY;
        private final long[] failed = new long[2];
        private final long[] spot = new long[2];
        private final SeenUsers even = new SeenUsers();
        private final SeenUsers odd = new SeenUsers();
        private final Reading reading = new Reading();

        Analyzed(int epoch) {
            this.epoch = epoch;
        }

        int epoch() {
            return epoch;
        }

        /** What was read of this last. Control thread only. */
        Reading reading() {
            return reading;
        }

        Tally counted() {
            return counted;
        }

        Tally beyond() {
            return beyond;
        }

        /** Counts an outcome for the stop on the spot. */
        void spot(Outcome outcome) {
            increment(spot, 0);
            if (outcome == Outcome.ERROR) {
                increment(spot, 1);
            }
        }

        /** Requests that count for the stop on the spot, so far. */
        long spotted() {
            return (long) LONGS.getAcquire(spot, 0);
        }

        /** Those of them that failed. */
        long spottedErrors() {
            return (long) LONGS.getAcquire(spot, 1);
        }

        /** Notes that this user came while this slice was open. */
        void seen(long user, int slice) {
            ((slice & 1) == 0 ? even : odd).add(UserBits.bit(user), slice);
        }

        /** Of the slice that is open or was closed last. */
        void addUsersOf(int slice, long[] words) {
            ((slice & 1) == 0 ? even : odd).addTo(words, slice);
        }

        void failedAnonymously() {
            increment(failed, 1);
        }

        /** Failures of users who are not known, so far. */
        long anonymousFailures() {
            return (long) LONGS.getAcquire(failed, 1);
        }

        void failed(long user) {
            long number = failed[0];
            if (number == 0) {
                failing = new long[FAILING];
            }
            LONGS.setRelease(failing, (int) (number % FAILING), user);
            LONGS.setRelease(failed, 0, number + 1);
        }

        /** Failures of known users so far. */
        long failures() {
            return (long) LONGS.getAcquire(failed, 0);
        }

        /** Whose failure this was; of one that was written over meanwhile, another's. */
        long failing(long number) {
            return (long) LONGS.getAcquire(failing, (int) (number % FAILING));
        }
    }

    /** The control thread's own memory: what it has read of one release on one loop. */
    static final class Reading {
        private final TallyReading counted = new TallyReading();
        private final TallyReading beyond = new TallyReading();
        private long failures;
        private long anonymous;

        TallyReading counted() {
            return counted;
        }

        TallyReading beyond() {
            return beyond;
        }

        /** Whose requests failed since the last reading. */
        FailingUsers failing(Analyzed source) {
            long now = source.failures();
            long anonymousNow = source.anonymousFailures();
            if (now == failures && anonymousNow == anonymous) {
                return FailingUsers.NONE;
            }
            long first = Math.max(failures, now - Analyzed.FAILING);
            long[] users = new long[(int) (now - first)];
            for (int i = 0; i < users.length; i++) {
                users[i] = source.failing(first + i);
            }
            FailingUsers failing = FailingUsers.of(users, anonymousNow - anonymous);
            failures = now;
            anonymous = anonymousNow;
            return failing;
        }
    }

    private static void increment(long[] counters, int index) {
        LONGS.setRelease(counters, index, counters[index] + 1);
    }

    void record(Reason reason, Outcome outcome, int status, long latencyNanos) {
        int code = status >= 100 && status <= 599 ? status / 100 - 1 : CODES - 1;
        increment(codes, code * REASONS + reason.ordinal());
        if (latencyNanos >= 0) {
            all.add(latencyNanos);
        }
    }

    /** Where outcomes of this release go; null if a newer one is counted already. The event loop only. */
    @Nullable
    Analyzed analyzed(int epoch) {
        Analyzed present = analyzed;
        if (present == null || epoch > present.epoch) {
            present = new Analyzed(epoch);
            analyzed = present;
        }
        return epoch < present.epoch ? null : present;
    }

    long codeCount(int code, int reason) {
        return (long) LONGS.getAcquire(codes, code * REASONS + reason);
    }

    Latencies latencies() {
        return all;
    }

    @Nullable
    Analyzed analyzed() {
        return analyzed;
    }
}
