package dev.halftone.core.window;

import dev.halftone.core.Version;
import dev.halftone.core.routing.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    private final BitSet seenRoutes = new BitSet();
    private final Map<Integer, FailureWatch> watches = new ConcurrentHashMap<>();
    private final Map<Integer, long[]> codesAtStart = new HashMap<>();
    private final Reports reports = new Reports();
    private final SideCounts sideCounts = new SideCounts();
    private final Experiments experiments = new Experiments();
    // What closeSlice gathers one version's slice in, again and again.
    private final SliceSum counted = new SliceSum();
    private final SliceSum beyond = new SliceSum();
    private final long[] users = new long[UserBits.BITS / Long.SIZE];
    private volatile Runnable wake = () -> {};
    private volatile int sliceNumber = 1;
    private long openedNanos;
    private boolean opened;

    /** A new shard, for one event loop. Any thread. */
    public OutcomeShard newShard() {
        OutcomeShard shard = new OutcomeShard(this);
        shards.add(shard);
        return shard;
    }

    /** From the next slice on, only outcomes of this epoch's release count for this route. Control thread only. */
    public void startEpoch(int routeId, int epoch) {
        startEpoch(routeId, epoch, null);
    }

    /**
     * The same, and watches the canary between slices. A watch that is under way for this epoch goes on.
     *
     * @param limits when a failing canary trips, or null to watch nothing
     */
    public void startEpoch(int routeId, int epoch, HarmCusum.@Nullable Limits limits) {
        Integer before = epochs.put(routeId, epoch);
        if (before == null || before != epoch) {
            codesAtStart.put(routeId, canaryCounts(routeId));
        }
        FailureWatch present = watches.get(routeId);
        if (limits == null) {
            watches.remove(routeId);
        } else if (present == null
                || present.epoch() != epoch
                || !present.limits().equals(limits)) {
            watches.put(routeId, new FailureWatch(epoch, limits, counts(routeId, epoch)));
        }
    }

    /**
     * Who is told when a canary trips: close a slice soon, it says why. Called on an event loop, once for each trip; must not
     * block.
     */
    public void onTrip(Runnable wake) {
        this.wake = wake;
    }

    /** A request of a canary that counts for the stop on the spot has failed. Event loops. */
    void failed(int routeId, int epoch, long user) {
        FailureWatch watch = watches.get(routeId);
        if (watch != null && watch.epoch() == epoch && watch.failed(user, counts(routeId, epoch))) {
            wake.run();
        }
    }

    /** Requests and errors that count for the stop on the spot, so far: canary, then stable. */
    private long[] counts(int routeId, int epoch) {
        long[] counts = new long[4];
        for (OutcomeShard shard : shards) {
            for (Version version : Version.values()) {
                OutcomeCell cell = shard.cell(routeId * OutcomeShard.VERSIONS + version.ordinal());
                OutcomeCell.Analyzed analyzed = cell == null ? null : cell.analyzed();
                if (analyzed != null && analyzed.epoch() == epoch) {
                    int at = version == Version.CANARY ? 0 : 2;
                    counts[at + 1] += analyzed.spottedErrors();
                    counts[at] += analyzed.spotted();
                }
            }
        }
        return counts;
    }

    /**
     * The canary's answers since this route's epoch began, analysed or not, by class as {@code 5xx}, and {@code error} where no
     * upstream answered whole; classes without an answer are left out. Control thread only.
     */
    public Map<String, Long> canaryCodes(int routeId) {
        long[] now = canaryCounts(routeId);
        long[] start = codesAtStart.getOrDefault(routeId, new long[now.length]);
        Map<String, Long> codes = new HashMap<>();
        for (int i = 0; i < now.length; i++) {
            if (now[i] > start[i]) {
                codes.put(CODES[i], now[i] - start[i]);
            }
        }
        return codes;
    }

    private long[] canaryCounts(int routeId) {
        long[] codes = new long[OutcomeCell.CODES];
        for (OutcomeShard shard : shards) {
            OutcomeCell cell = shard.cell(routeId * OutcomeShard.VERSIONS + Version.CANARY.ordinal());
            for (int i = 0; cell != null && i < OutcomeCell.CODES * OutcomeCell.REASONS; i++) {
                codes[i / OutcomeCell.REASONS] += cell.codeCount(i / OutcomeCell.REASONS, i % OutcomeCell.REASONS);
            }
        }
        return codes;
    }

    int sliceNumber() {
        return sliceNumber;
    }

    /** What was sent beside the requests that clients made. Any thread. */
    public SideCounts sideCounts() {
        return sideCounts;
    }

    /**
     * Takes over what a service reported of a custom metric; it falls into the slice that is open. Any thread.
     *
     * @return false if the route knows too many metrics already and this is not one of them, or an earlier release is meant
     */
    public boolean report(int routeId, int epoch, Version version, String metric, Reported reported) {
        long trials = reported.trials();
        return reports.add(routeId, epoch, version, metric, trials, reported.hits(), trials) == trials;
    }

    /**
     * The same for what a known user did: as of requests, the first two in ten seconds count, of each metric.
     *
     * @param position the user's, see {@link dev.halftone.core.Position}
     * @param nowNanos on a monotonic clock
     * @return how many of the trials count
     */
    public long report(
            int routeId, int epoch, Version version, String metric, Reported reported, long position, long nowNanos) {
        return reports.addOfUser(routeId, epoch, version, metric, reported, position, nowNanos);
    }

    /** What the users of A/B tests do. Any thread. */
    public Experiments experiments() {
        return experiments;
    }

    /** Everything that was reported so far, counted or not. Any thread. */
    public List<ReportedTotal> reportedTotals() {
        return reports.totals();
    }

    Reports reports() {
        return reports;
    }

    /**
     * Opens the first slice, so that it has a length in time when it is closed. Before the first tick.
     *
     * @param nowNanos on the clock of {@link #closeSlice}
     */
    public void open(long nowNanos) {
        opened = true;
        openedNanos = nowNanos;
    }

    /**
     * Closes the current slice of every route that has counted anything since the process began. Control thread only.
     *
     * @param nowNanos on any monotonic clock; without {@link #open}, the first call opens the first slice at its own moment
     */
    public List<RouteSlice> closeSlice(long nowNanos) {
        long from = opened ? openedNanos : nowNanos;
        opened = true;
        openedNanos = nowNanos;
        int closing = sliceNumber;
        // The one writer.
        sliceNumber = closing + 1;
        for (OutcomeShard shard : shards) {
            for (int index = 0; index < shard.size(); index++) {
                if (shard.cell(index) != null) {
                    seenRoutes.set(index / OutcomeShard.VERSIONS);
                }
            }
        }
        reports.routes().forEach(seenRoutes::set);
        List<RouteSlice> slices = new ArrayList<>();
        for (int route = seenRoutes.nextSetBit(0); route >= 0; route = seenRoutes.nextSetBit(route + 1)) {
            FailureWatch watch = watches.get(route);
            if (watch != null) {
                watch.look(counts(route, watch.epoch()));
            }
            slices.add(new RouteSlice(
                    route,
                    from,
                    nowNanos,
                    difference(route, Version.STABLE, closing),
                    difference(route, Version.CANARY, closing),
                    watch == null ? null : watch.takeTrip()));
        }
        return slices;
    }

    private VersionSlice difference(int route, Version version, int sliceNumber) {
        int index = route * OutcomeShard.VERSIONS + version.ordinal();
        int epoch = epochs.getOrDefault(route, 0);
        Arrays.fill(users, 0);
        FailingUsers failing = FailingUsers.NONE;
        for (OutcomeShard shard : shards) {
            OutcomeCell cell = shard.cell(index);
            OutcomeCell.Analyzed analyzed = cell == null ? null : cell.analyzed();
            if (analyzed != null && analyzed.epoch() == epoch) {
                failing = failing.plus(analyzed.reading().failing(analyzed));
                analyzed.reading().counted().advance(analyzed.counted(), counted);
                analyzed.reading().beyond().advance(analyzed.beyond(), beyond);
                analyzed.addUsersOf(sliceNumber, users);
            }
        }
        Map<String, Reported> reported = reports.take(route, epoch, version);
        Outcomes ofChecks = counted.take();
        Outcomes others = beyond.take();
        UserBits came = UserBits.ofWords(users);
        boolean empty =
                ofChecks.isNone() && others.isNone() && failing.failures() == 0 && came.isEmpty() && reported.isEmpty();
        return empty ? VersionSlice.EMPTY : new VersionSlice(ofChecks, others, failing, came, reported);
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
        BinSums bins = new BinSums();
        long sum = 0;
        boolean found = false;
        for (OutcomeShard shard : shards) {
            OutcomeCell cell = shard.cell(index);
            if (cell != null) {
                found = true;
                for (int i = 0; i < codes.length; i++) {
                    codes[i] += cell.codeCount(i / OutcomeCell.REASONS, i % OutcomeCell.REASONS);
                }
                long[] latencies = cell.latencies().data();
                OutcomeCell.Tally.addTo(latencies, bins);
                sum += OutcomeCell.Tally.sumNanos(latencies);
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
        return new RequestTotals(index / OutcomeShard.VERSIONS, version, counts, bins.toCounts(sum));
    }
}
