package dev.halftone.core.backtest;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.VersionSlice;
import java.util.ArrayList;
import java.util.List;

/** All requests of one version over some slices, as monitoring would sum them up: no user is held back. One thread. */
final class MinuteTotals {
    static final String CLICKS = "click";

    private final List<LatencyCounts> latencies = new ArrayList<>();
    private long requests;
    private long errors;
    private Reported clicks = Reported.NONE;

    void add(VersionSlice slice) {
        requests += slice.requests();
        errors += slice.errors();
        latencies.add(slice.latency());
        clicks = clicks.plus(slice.reported(CLICKS));
    }

    long requests() {
        return requests;
    }

    /** NaN without requests, as the others. */
    double errorRate() {
        return requests == 0 ? Double.NaN : (double) errors / requests;
    }

    double meanMillis() {
        LatencyCounts all = LatencyCounts.sum(latencies);
        return all.count() == 0 ? Double.NaN : all.sumNanos() / 1e6 / all.count();
    }

    double p99Millis() {
        LatencyCounts all = LatencyCounts.sum(latencies);
        return all.count() == 0 ? Double.NaN : all.quantileNanos(0.99) / 1e6;
    }

    double clickRate() {
        return clicks.trials() == 0 ? Double.NaN : (double) clicks.hits() / clicks.trials();
    }
}
