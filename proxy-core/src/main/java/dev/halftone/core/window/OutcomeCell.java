package dev.halftone.core.window;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one route and version on one event loop. They only grow. Written by that loop alone, by release stores, which
 * cost what plain ones do on x86; read by any thread, which may see a count a moment late but never a wrong one.
 *
 * <p>What one request touches lies close together: with thousands of routes each cache line of it is a miss.
 */
final class OutcomeCell {
    /** Code classes 1xx to 5xx, and the one for requests that no upstream answered. */
    static final int CODES = 6;

    static final int REASONS = Reason.values().length;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] codes = new long[CODES * REASONS];
    private final Tally all = new Tally();
    private volatile @Nullable Analyzed analyzed;

    /** Some outcomes: how many, and their latencies by bin. One array, which is copied when a new doubling of latencies comes. */
    static final class Tally {
        static final int REQUESTS = 0;
        static final int ERRORS = 1;
        static final int CLIENT_FAULTS = 2;
        private static final int SUM = 3;
        private static final int FIRST_BIN = 4;
        private static final int HEAD = 5;

        private volatile long[] data = new long[HEAD];

        void add(Outcome outcome, long latencyNanos) {
            long[] present = latencyNanos < 0 ? data : addLatency(latencyNanos);
            increment(present, REQUESTS);
            if (outcome == Outcome.ERROR) {
                increment(present, ERRORS);
            } else if (outcome == Outcome.CLIENT_FAULT) {
                increment(present, CLIENT_FAULTS);
            }
        }

        /** @return where it was counted */
        long[] addLatency(long nanos) {
            long[] present = data;
            int bin = LatencyBins.indexOf(nanos);
            int at = bin - (int) present[FIRST_BIN] + HEAD;
            if (at < HEAD || at >= present.length) {
                present = widened(present, bin);
                data = present;
                at = bin - (int) present[FIRST_BIN] + HEAD;
            }
            increment(present, at);
            LONGS.setRelease(present, SUM, present[SUM] + nanos);
            return present;
        }

        /** Room for this bin's doubling and all between. */
        private static long[] widened(long[] old, int bin) {
            int octave = bin / LatencyBins.SUBS * LatencyBins.SUBS;
            int kept = old.length - HEAD;
            int first = kept == 0 ? octave : Math.min(octave, (int) old[FIRST_BIN]);
            int end = Math.max(octave + LatencyBins.SUBS, kept == 0 ? 0 : (int) old[FIRST_BIN] + kept);
            long[] wider = new long[HEAD + end - first];
            System.arraycopy(old, 0, wider, 0, HEAD);
            System.arraycopy(old, HEAD, wider, HEAD + (kept == 0 ? 0 : (int) old[FIRST_BIN] - first), kept);
            wider[FIRST_BIN] = first;
            return wider;
        }

        /** One reading of everything, for {@link #count} and the others; what is counted meanwhile may be missing in it. */
        long[] data() {
            return data;
        }

        static long count(long[] data, int which) {
            return (long) LONGS.getAcquire(data, which);
        }

        static long sumNanos(long[] data) {
            return (long) LONGS.getAcquire(data, SUM);
        }

        /**
         * Adds what has come since the last reading.
         *
         * @param read of each bin by then, by doublings, brought up to now
         */
        static void advance(long[] data, long[][] read, BinSums added) {
            int first = (int) data[FIRST_BIN];
            for (int at = HEAD; at < data.length; at += LatencyBins.SUBS) {
                int octave = (first + at - HEAD) / LatencyBins.SUBS;
                if (read[octave] == null) {
                    read[octave] = new long[LatencyBins.SUBS];
                }
                long[] before = read[octave];
                for (int i = 0; i < LatencyBins.SUBS; i++) {
                    long now = (long) LONGS.getAcquire(data, at + i);
                    if (now != before[i]) {
                        added.add(octave * LatencyBins.SUBS + i, now - before[i]);
                        before[i] = now;
                    }
                }
            }
        }

        /** Adds everything that was ever counted. */
        static void addTo(long[] data, BinSums bins) {
            advance(data, new long[LatencyBins.OCTAVES][], bins);
        }
    }

    /** What is analysed, of one release: what counts for the checks, what is beyond a user's share, and whose it was. */
    static final class Analyzed {
        /** So many failing users are kept between two readings; of more, the first are lost. */
        static final int FAILING = 256;

        private static final long[] NOBODY = new long[0];
        private static final int SEEN_WORDS = UserBits.BITS / Long.SIZE;
        private static final VarHandle SPOTTED = field("spotted");
        private static final VarHandle SPOTTED_ERRORS = field("spottedErrors");
        private static final VarHandle FAILED = field("failed");
        private static final VarHandle FAILED_ANONYMOUSLY = field("failedAnonymously");

        private final int epoch;
        private long spotted;
        private long spottedErrors;
        private long failed;
        private long failedAnonymously;
        private final Tally counted = new Tally();
        private final Tally beyond = new Tally();
        // Which users came, as the bits of UserBits behind the number of the slice: one array for even slices and one
        // for odd,
        // so that the loop clears one only when the control thread is done with it, a slice after it was closed.
        private final long[] seenEven = new long[1 + SEEN_WORDS];
        private final long[] seenOdd = new long[1 + SEEN_WORDS];
        // Of users that failed; made with the first.
        private volatile long[] failing = NOBODY;
        private final Reading reading = new Reading();

        Analyzed(int epoch) {
            this.epoch = epoch;
        }

        private static VarHandle field(String name) {
            try {
                return MethodHandles.lookup().findVarHandle(Analyzed.class, name, long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
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
            SPOTTED.setRelease(this, spotted + 1);
            if (outcome == Outcome.ERROR) {
                SPOTTED_ERRORS.setRelease(this, spottedErrors + 1);
            }
        }

        /** Requests that count for the stop on the spot, so far. */
        long spotted() {
            return (long) SPOTTED.getAcquire(this);
        }

        /** Those of them that failed. */
        long spottedErrors() {
            return (long) SPOTTED_ERRORS.getAcquire(this);
        }

        /** Notes that this user came while this slice was open. */
        void seen(long user, int slice) {
            long[] seen = (slice & 1) == 0 ? seenEven : seenOdd;
            if (seen[0] != slice) {
                for (int i = 1; i <= SEEN_WORDS; i++) {
                    LONGS.setOpaque(seen, i, 0L);
                }
                LONGS.setRelease(seen, 0, (long) slice);
            }
            int bit = UserBits.bit(user);
            long word = seen[1 + (bit >>> 6)];
            if ((word >>> bit & 1) == 0) {
                LONGS.setRelease(seen, 1 + (bit >>> 6), word | 1L << bit);
            }
        }

        /** Of the slice that is open or was closed last. */
        void addUsersOf(int slice, long[] words) {
            long[] seen = (slice & 1) == 0 ? seenEven : seenOdd;
            boolean isOfIt = (long) LONGS.getAcquire(seen, 0) == slice;
            for (int i = 0; isOfIt && i < SEEN_WORDS; i++) {
                words[i] |= (long) LONGS.getAcquire(seen, 1 + i);
            }
        }

        void failedAnonymously() {
            FAILED_ANONYMOUSLY.setRelease(this, failedAnonymously + 1);
        }

        /** Failures of users who are not known, so far. */
        long anonymousFailures() {
            return (long) FAILED_ANONYMOUSLY.getAcquire(this);
        }

        void failed(long user) {
            long number = failed;
            if (number == 0) {
                failing = new long[FAILING];
            }
            LONGS.setRelease(failing, (int) (number % FAILING), user);
            FAILED.setRelease(this, number + 1);
        }

        /** Failures of known users so far. */
        long failures() {
            return (long) FAILED.getAcquire(this);
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
            all.addLatency(latencyNanos);
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

    /** Latencies of all requests, analysed or not. */
    Tally latencies() {
        return all;
    }

    @Nullable
    Analyzed analyzed() {
        return analyzed;
    }
}
