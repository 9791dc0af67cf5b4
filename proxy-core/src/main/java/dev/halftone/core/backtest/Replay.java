package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutMachine;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
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
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One release's requests in the order of their time, counted as an event loop counts them and judged as the control thread judges:
 * a slice each second, silent ones too, and one at once when a canary trips on the spot. What a breach does, the state machine of
 * the live proxy decides; a rollback ends the release. One thread, constant memory.
 */
public final class Replay {
    private static final String NAME = "recorded";
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final long MILLI_NANOS = 1_000_000L;
    private static final int EPOCH = 1;
    private static final Upstream UPSTREAM = new Upstream(
            NAME,
            List.of(new Upstream.Endpoint("127.0.0.1", 1, 1)),
            Upstream.LoadBalancing.RANDOM,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);

    private final OutcomeWindow window = new OutcomeWindow();
    private final OutcomeShard shard = window.newShard();
    private final Analyzer analyzer;
    private final AnalysisSpec.OnBreach onBreach;
    private final BiConsumer<RouteSlice, List<CheckResult>> listener;
    private final Choice stable;
    private final Choice canary;
    private long closedNanos;
    private boolean tripped;
    private long canaryRequests;
    private long canaryErrors;
    private @Nullable Breach breach;
    private RolloutState state;

    /**
     * A check's breach.
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
        this.onBreach = spec.onBreach();
        this.state = after(null, new RolloutEvent.Configured(NAME, Ratio.ALL), startNanos);
        this.listener = listener;
        this.closedNanos = startNanos;
        List<String> reported = customMetrics(spec);
        CustomMetrics metrics = reported.isEmpty() ? null : new CustomMetrics(null, reported);
        this.stable = choice(Version.STABLE, metrics);
        this.canary = choice(Version.CANARY, metrics);
        window.startEpoch(0, EPOCH, spec.onTheSpot());
        window.onTrip(() -> tripped = true);
        window.closeSlice(startNanos);
    }

    /** The custom metrics that its checks judge, in the order of their bits in {@link #request}. */
    static List<String> customMetrics(AnalysisSpec spec) {
        return spec.checks().stream()
                .map(CheckSpec::custom)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    private static Choice choice(Version version, @Nullable CustomMetrics metrics) {
        Gray gray = new Gray(UPSTREAM, NAME, EPOCH, List.of(), MissingKey.STABLE, null, List.of(), Ratio.ALL, true);
        Forwarding usual = Forwarding.DEFAULT;
        Forwarding forwarding = new Forwarding(
                usual.exposeVersion(),
                usual.requestTimeout(),
                usual.idleTimeout(),
                usual.pathPrefix(),
                usual.host(),
                usual.requestHeaders(),
                usual.responseHeaders(),
                metrics);
        Route route = new Route(0, NAME, RequestMatch.ANY, UPSTREAM, gray, forwarding);
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
     * @return false if a rollback has ended the release, before this request or with it
     */
    public boolean request(
            long atNanos, Version version, boolean known, long user, Outcome outcome, int status, long latencyNanos) {
        return request(atNanos, version, known, user, outcome, status, latencyNanos, 0, 0);
    }

    /**
     * Takes the next request, whose answer told of custom metrics; they count if the request does.
     *
     * @param trials one bit for each metric that was reported, in the order of {@link #customMetrics}
     * @param hits those of them that happened
     */
    boolean request(
            long atNanos,
            Version version,
            boolean known,
            long user,
            Outcome outcome,
            int status,
            long latencyNanos,
            int trials,
            int hits) {
        if (!advance(atNanos)) {
            return false;
        }
        Choice choice = version == Version.CANARY ? canary : stable;
        if (version == Version.CANARY) {
            canaryRequests++;
            canaryErrors += outcome == Outcome.ERROR ? 1 : 0;
        }
        long ticket = shard.admit(choice, known, user, atNanos);
        shard.report(choice, ticket, trials, hits);
        shard.record(choice, ticket, outcome, status, latencyNanos);
        if (tripped) {
            tripped = false;
            close(atNanos);
        }
        return !isRolledBack();
    }

    /** Takes over what was reported of a custom metric in the open slice; it counts whole. */
    public void report(Version version, String metric, long trials, long hits) {
        if (trials > 0) {
            window.report(0, EPOCH, version, metric, new Reported(trials, hits));
        }
    }

    /** Lets time pass up to this moment; false if a rollback has ended the release. */
    public boolean advance(long nowNanos) {
        while (!isRolledBack() && nowNanos - closedNanos >= SLICE_NANOS) {
            close(closedNanos + SLICE_NANOS);
        }
        return !isRolledBack();
    }

    private void close(long nowNanos) {
        long from = closedNanos;
        closedNanos = nowNanos;
        List<RouteSlice> slices = window.closeSlice(nowNanos);
        RouteSlice slice = slices.isEmpty() ? RouteSlice.silence(0, from, nowNanos) : slices.get(0);
        List<CheckResult> results = analyzer.assess(slice);
        listener.accept(slice, results);
        for (CheckResult result : results) {
            if (result.verdict() == CheckResult.Verdict.BREACH) {
                breach = breach == null ? new Breach(nowNanos, result, canaryRequests, canaryErrors) : breach;
                state = after(state, new RolloutEvent.Breached(result, onBreach), nowNanos);
            }
        }
    }

    private static RolloutState after(@Nullable RolloutState before, RolloutEvent event, long nowNanos) {
        if (RolloutMachine.step(NAME, before, event, nowNanos / MILLI_NANOS) instanceof Transition.Accepted accepted) {
            return accepted.state();
        }
        throw new IllegalStateException("a release refused " + event);
    }

    /** The first breach, or null while there is none. Where a breach rolls back, it has ended the release. */
    public @Nullable Breach breach() {
        return breach;
    }

    public boolean isRolledBack() {
        return state.phase() == Phase.ROLLED_BACK;
    }

    /** Requests of the canary so far. */
    public long canaryRequests() {
        return canaryRequests;
    }

    /** Of them, those that failed. */
    public long canaryErrors() {
        return canaryErrors;
    }

    public Analyzer analyzer() {
        return analyzer;
    }
}
