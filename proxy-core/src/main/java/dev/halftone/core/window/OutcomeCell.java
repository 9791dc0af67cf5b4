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
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
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

        void addTo(long[] bins) {
            for (int octave = 0; octave < LatencyBins.OCTAVES; octave++) {
                long[] from = (long[]) OCTAVE.getAcquire(octaves, octave);
                for (int i = 0; from != null && i < LatencyBins.SUBS; i++) {
                    bins[octave * LatencyBins.SUBS + i] += (long) LONGS.getAcquire(from, i);
                }
            }
        }

        long sumNanos() {
            return (long) LONGS.getAcquire(sum, 0);
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
        private final long[] failing = new long[FAILING];
        private final long[] failed = new long[2];
        private final long[] spot = new long[2];
        private volatile int @Nullable [] lastSeen;

        Analyzed(int epoch) {
            this.epoch = epoch;
        }

        int epoch() {
            return epoch;
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
            int[] present = lastSeen;
            if (present == null) {
                present = new int[UserBits.BITS];
                lastSeen = present;
            }
            int bit = UserBits.bit(user);
            if (present[bit] != slice) {
                INTS.setRelease(present, bit, slice);
            }
        }

        void addUsersOf(int slice, long[] words) {
            int[] present = lastSeen;
            for (int i = 0; present != null && i < present.length; i++) {
                if ((int) INTS.getAcquire(present, i) == slice) {
                    words[i >>> 6] |= 1L << i;
                }
            }
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
