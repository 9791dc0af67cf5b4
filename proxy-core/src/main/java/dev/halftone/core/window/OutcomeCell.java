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

    /** What counts for the checks, of one release. */
    static final class Analyzed {
        static final int REQUESTS = 0;
        static final int ERRORS = 1;
        static final int CLIENT_FAULTS = 2;

        private final int epoch;
        private final long[] counts = new long[3];
        private final Latencies latencies = new Latencies();

        Analyzed(int epoch) {
            this.epoch = epoch;
        }

        int epoch() {
            return epoch;
        }

        long count(int which) {
            return (long) LONGS.getAcquire(counts, which);
        }

        Latencies latencies() {
            return latencies;
        }
    }

    private static void increment(long[] counters, int index) {
        LONGS.setRelease(counters, index, counters[index] + 1);
    }

    void record(Reason reason, boolean counts, int epoch, Outcome outcome, int status, long latencyNanos) {
        int code = status >= 100 && status <= 599 ? status / 100 - 1 : CODES - 1;
        increment(codes, code * REASONS + reason.ordinal());
        if (latencyNanos >= 0) {
            all.add(latencyNanos);
        }
        if (counts) {
            recordAnalyzed(epoch, outcome, latencyNanos);
        }
    }

    private void recordAnalyzed(int epoch, Outcome outcome, long latencyNanos) {
        Analyzed present = analyzed;
        if (present == null || epoch > present.epoch) {
            present = new Analyzed(epoch);
            analyzed = present;
        } else if (epoch < present.epoch) {
            return;
        }
        increment(present.counts, Analyzed.REQUESTS);
        if (latencyNanos >= 0) {
            present.latencies.add(latencyNanos);
        }
        if (outcome == Outcome.ERROR) {
            increment(present.counts, Analyzed.ERRORS);
        } else if (outcome == Outcome.CLIENT_FAULT) {
            increment(present.counts, Analyzed.CLIENT_FAULTS);
        }
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
