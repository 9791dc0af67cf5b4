package dev.halftone.core.window;

import dev.halftone.core.Version;
import dev.halftone.core.routing.Reason;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Where the data plane and the analysis meet. Event loops write, each its own shard; the control thread closes slices.
 *
 * <p>Shards hold counters that only grow. A slice is the difference between two readings, so a count that is written late
 * falls into the next slice and is never lost.
 */
public final class OutcomeWindow {
    private static final String[] CODES = {"1xx", "2xx", "3xx", "4xx", "5xx", "error"};

    private final List<OutcomeShard> shards = new CopyOnWriteArrayList<>();
    private final Map<Integer, Integer> epochs = new HashMap<>();
    private final Map<Integer, Reading> readings = new HashMap<>();
    private final BitSet seenRoutes = new BitSet();
    private long openedNanos;
    private boolean opened;

    /** What was read of one cell last: the control thread's own memory. */
    private static final class Reading {
        private OutcomeCell.@Nullable Analyzed source;
        private final long[] counts = new long[3];
        private long[] bins = new long[0];
        private long sumNanos;
    }

    /** A new shard, for one event loop. Any thread. */
    public OutcomeShard newShard() {
        OutcomeShard shard = new OutcomeShard();
        shards.add(shard);
        return shard;
    }

    /** From the next slice on, only outcomes of this epoch's release count for this route. Control thread only. */
    public void startEpoch(int routeId, int epoch) {
        epochs.put(routeId, epoch);
    }

    /**
     * Closes the current slice of every route that has counted anything since the process began. Control thread only.
     *
     * @param nowNanos on any monotonic clock; the first call opens the first slice at its own moment
     */
    public List<RouteSlice> closeSlice(long nowNanos) {
        long from = opened ? openedNanos : nowNanos;
        opened = true;
        openedNanos = nowNanos;
        for (OutcomeShard shard : shards) {
            for (int index = 0; index < shard.size(); index++) {
                if (shard.cell(index) != null) {
                    seenRoutes.set(index / OutcomeShard.VERSIONS);
                }
            }
        }
        List<RouteSlice> slices = new ArrayList<>();
        for (int route = seenRoutes.nextSetBit(0); route >= 0; route = seenRoutes.nextSetBit(route + 1)) {
            slices.add(new RouteSlice(
                    route, from, nowNanos, difference(route, Version.STABLE), difference(route, Version.CANARY)));
        }
        return slices;
    }

    private VersionSlice difference(int route, Version version) {
        int index = route * OutcomeShard.VERSIONS + version.ordinal();
        int epoch = epochs.getOrDefault(route, 0);
        long[] counts = new long[3];
        LatencyCounts latency = LatencyCounts.EMPTY;
        int number = 0;
        for (OutcomeShard shard : shards) {
            OutcomeCell cell = shard.cell(index);
            OutcomeCell.Analyzed analyzed = cell == null ? null : cell.analyzed();
            if (analyzed != null && analyzed.epoch() == epoch) {
                // The key stays below 2^31 for 500 event loops and two million routes' versions.
                Reading reading = readings.computeIfAbsent(index * 512 + number, key -> new Reading());
                latency = latency.plus(advance(reading, analyzed, counts));
            }
            number++;
        }
        return new VersionSlice(
                counts[OutcomeCell.Analyzed.REQUESTS],
                counts[OutcomeCell.Analyzed.ERRORS],
                counts[OutcomeCell.Analyzed.CLIENT_FAULTS],
                latency);
    }

    /**
     * Adds what was counted since the last reading. Requests are written first and read last, so that in sum errors never
     * exceed requests; an error whose request fell into the slice before is counted in this one.
     */
    private static LatencyCounts advance(Reading reading, OutcomeCell.Analyzed source, long[] counts) {
        if (reading.source != source) {
            reading.source = source;
            java.util.Arrays.fill(reading.counts, 0);
            reading.bins = new long[0];
            reading.sumNanos = 0;
        }
        boolean changed = false;
        for (int which = counts.length - 1; which >= OutcomeCell.Analyzed.REQUESTS; which--) {
            long now = source.count(which);
            changed |= now != reading.counts[which];
            counts[which] += now - reading.counts[which];
            reading.counts[which] = now;
        }
        if (!changed) {
            return LatencyCounts.EMPTY;
        }
        long[] bins = new long[LatencyBins.COUNT];
        source.latencies().addTo(bins);
        long sum = source.latencies().sumNanos();
        long[] delta = bins.clone();
        for (int i = 0; i < reading.bins.length; i++) {
            delta[i] -= reading.bins[i];
        }
        LatencyCounts added = LatencyCounts.of(delta, sum - reading.sumNanos);
        reading.bins = bins;
        reading.sumNanos = sum;
        return added;
    }

    /** Everything counted so far, of every route and version that has counted anything. Any thread. */
    public List<RequestTotals> totals() {
        int size = 0;
        for (OutcomeShard shard : shards) {
            size = Math.max(size, shard.size());
        }
        List<RequestTotals> totals = new ArrayList<>();
        for (int index = 0; index < size; index++) {
            RequestTotals total = total(index);
            if (total != null) {
                totals.add(total);
            }
        }
        return totals;
    }

    private @Nullable RequestTotals total(int index) {
        long[] codes = new long[OutcomeCell.CODES * OutcomeCell.REASONS];
        long[] bins = new long[LatencyBins.COUNT];
        long sum = 0;
        boolean found = false;
        for (OutcomeShard shard : shards) {
            OutcomeCell cell = shard.cell(index);
            if (cell != null) {
                found = true;
                for (int i = 0; i < codes.length; i++) {
                    codes[i] += cell.codeCount(i / OutcomeCell.REASONS, i % OutcomeCell.REASONS);
                }
                cell.latencies().addTo(bins);
                sum += cell.latencies().sumNanos();
            }
        }
        if (!found) {
            return null;
        }
        List<RequestTotals.CodeCount> counts = new ArrayList<>();
        for (int i = 0; i < codes.length; i++) {
            if (codes[i] > 0) {
                Reason reason = Reason.values()[i % OutcomeCell.REASONS];
                counts.add(new RequestTotals.CodeCount(CODES[i / OutcomeCell.REASONS], reason, codes[i]));
            }
        }
        Version version = Version.values()[index % OutcomeShard.VERSIONS];
        return new RequestTotals(index / OutcomeShard.VERSIONS, version, counts, LatencyCounts.of(bins, sum));
    }
}
