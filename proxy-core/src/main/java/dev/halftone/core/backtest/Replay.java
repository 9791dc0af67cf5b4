package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One release's requests in the order of their time, counted as an event loop counts them and judged as the control thread judges:
 * a slice each second, silent ones too, and one at once when a canary trips on the spot. Ends with the first breach. One thread,
 * constant memory.
 */
public final class Replay {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final int EPOCH = 1;
    private static final Upstream UPSTREAM = new Upstream(
            "recorded",
            List.of(new Upstream.Endpoint("127.0.0.1", 1, 1)),
            Upstream.LoadBalancing.RANDOM,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);

    private final OutcomeWindow window = new OutcomeWindow();
    private final OutcomeShard shard = window.newShard();
    private final Analyzer analyzer;
    private final BiConsumer<RouteSlice, List<CheckResult>> listener;
    private final Choice stable = choice(Version.STABLE);
    private final Choice canary = choice(Version.CANARY);
    private long closedNanos;
    private boolean tripped;
    private long canaryRequests;
    private long canaryErrors;
    private @Nullable Breach breach;

    /**
     * What ends a release.
     *
     * @param atNanos when, on the clock of the requests
     * @param canaryRequests up to then
     * @param canaryErrors of them
     */
    public record Breach(long atNanos, CheckResult result, long canaryRequests, long canaryErrors) {}

    /** @param startNanos when the first slice opens, on the clock of the requests */
    public Replay(AnalysisSpec spec, long startNanos) {
        this(spec, startNanos, (slice, results) -> {});
    }

    /** @param listener sees each slice with what the checks said of it */
    public Replay(AnalysisSpec spec, long startNanos, BiConsumer<RouteSlice, List<CheckResult>> listener) {
        this.analyzer = new Analyzer(spec);
        this.listener = listener;
        this.closedNanos = startNanos;
        window.startEpoch(0, EPOCH, spec.onTheSpot());
        window.onTrip(() -> tripped = true);
        window.closeSlice(startNanos);
    }

    private static Choice choice(Version version) {
        Gray gray =
                new Gray(UPSTREAM, "recorded", EPOCH, List.of(), MissingKey.STABLE, null, List.of(), Ratio.ALL, true);
        Route route = new Route(0, "recorded", RequestMatch.ANY, UPSTREAM, gray, Forwarding.DEFAULT);
        return new Choice(route, version, Reason.RATIO, null, true);
    }

    /**
     * Takes the next request.
     *
     * @param atNanos not before the one before
     * @param known whether the user is known
     * @param user a hash of the user, spread over 64 bits
     * @param status 100..599, or 0 if no upstream answered whole
     * @param latencyNanos -1 if no upstream answered whole
     * @return false if a breach has ended the release, before this request or with it
     */
    public boolean request(
            long atNanos, Version version, boolean known, long user, Outcome outcome, int status, long latencyNanos) {
        if (!advance(atNanos)) {
            return false;
        }
        Choice choice = version == Version.CANARY ? canary : stable;
        if (version == Version.CANARY) {
            canaryRequests++;
            canaryErrors += outcome == Outcome.ERROR ? 1 : 0;
        }
        long ticket = shard.admit(choice, known, user, atNanos);
        shard.record(choice, ticket, outcome, status, latencyNanos);
        if (tripped) {
            tripped = false;
            close(atNanos);
        }
        return breach == null;
    }

    /** Takes over what was reported of a custom metric in the open slice. */
    public void report(Version version, String metric, long trials, long hits) {
        if (trials > 0) {
            window.report(0, EPOCH, version, metric, new Reported(trials, hits));
        }
    }

    /** Lets time pass up to this moment; false if a breach has ended the release. */
    public boolean advance(long nowNanos) {
        while (breach == null && nowNanos - closedNanos >= SLICE_NANOS) {
            close(closedNanos + SLICE_NANOS);
        }
        return breach == null;
    }

    private void close(long nowNanos) {
        long from = closedNanos;
        closedNanos = nowNanos;
        List<RouteSlice> slices = window.closeSlice(nowNanos);
        RouteSlice slice = slices.isEmpty() ? RouteSlice.silence(0, from, nowNanos) : slices.get(0);
        List<CheckResult> results = analyzer.assess(slice);
        listener.accept(slice, results);
        for (CheckResult result : results) {
            if (breach == null && result.verdict() == CheckResult.Verdict.BREACH) {
                breach = new Breach(nowNanos, result, canaryRequests, canaryErrors);
            }
        }
    }

    /** What ended the release, or null while nothing has. */
    public @Nullable Breach breach() {
        return breach;
    }

    public Analyzer analyzer() {
        return analyzer;
    }
}
