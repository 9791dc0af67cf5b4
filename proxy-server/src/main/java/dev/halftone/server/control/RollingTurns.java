package dev.halftone.server.control;

import dev.halftone.core.endpoint.InstanceReport;
import dev.halftone.core.endpoint.Instances;
import dev.halftone.core.rollout.Fleet;
import dev.halftone.core.rollout.Fleet.Turn;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutEvent.GateFailed;
import dev.halftone.core.rollout.RolloutEvent.GateOpened;
import dev.halftone.core.rollout.RolloutEvent.GateWaits;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.Sides;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.RolloutSettings.Rolling;
import dev.halftone.server.notify.HookCall.Question;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what a rolling release needs done to the instance whose turn it is: waits until it has nothing under way, calls the user's hook,
 * asks it how it is. That it gets nothing new is the routing table's, which was published before. Tried again at each look. Control
 * thread only; answers come on others.
 */
final class RollingTurns implements OutsideGates, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RollingTurns.class);

    private final Answers answers;
    private final HookCaller caller = new HookCaller();
    private final InstanceRequests requests = new InstanceRequests(ForkJoinPool.commonPool());
    private final Map<String, Round> rounds = new HashMap<>();
    private volatile @Nullable Instances instances;

    RollingTurns(Answers answers) {
        this.answers = answers;
    }

    /** Where instances are looked at; until it is known they wait. Any thread. */
    void instances(Instances known) {
        instances = known;
    }

    /** The last time that something was done to a route's instance. */
    private record Round(String gate, long sinceMillis, long askedMillis, CompletableFuture<?> answer) {}

    /** How a release parts its upstream; null if it does not. Once promoted all instances are alike. */
    static @Nullable Sides sides(RolloutState state, Upstream upstream) {
        Fleet fleet = state.fleet();
        if (fleet == null || state.phase() == Phase.PROMOTED) {
            return null;
        }
        Set<Endpoint> updated = new HashSet<>();
        Endpoint out = null;
        for (Endpoint endpoint : upstream.endpoints()) {
            String name = endpoint.toString();
            if (fleet.updated().contains(name)) {
                updated.add(endpoint);
            }
            out = name.equals(fleet.out()) ? endpoint : out;
        }
        return new Sides(updated, out);
    }

    @Override
    public void turn(TurnOf of, long nowMillis) {
        Endpoint endpoint = endpoint(of);
        Instances known = instances;
        Round last = rounds.get(of.route());
        // Whatever was asked before ends first: an instance is never updated and undone at once.
        boolean isBusy = last != null && !last.answer().isDone();
        if (endpoint == null || known == null || isBusy || !isDue(last, of, nowMillis)) {
            return;
        }
        CompletableFuture<@Nullable RolloutEvent> event = switch (of.turn().stage()) {
            case READY -> known.report(of.upstream(), endpoint).thenApply(report -> ready(of, report));
            case DRAIN -> known.report(of.upstream(), endpoint).thenApply(report -> drained(of, report, nowMillis));
            case HOOK -> hook(of, nowMillis);
            case HEALTH -> health(of, endpoint, known, nowMillis);
        };
        CompletableFuture<?> told = event.handle((said, failure) -> {
            if (failure != null) {
                LOG.warn(
                        "route {}: {} could not be looked at; tried again",
                        of.route(),
                        of.turn().instance(),
                        failure);
            } else if (said != null) {
                answers.accept(of.route(), said);
            }
            return failure == null;
        });
        rounds.put(of.route(), new Round(of.turn().gate(), of.turn().sinceMillis(), nowMillis, told));
    }

    private static @Nullable Endpoint endpoint(TurnOf of) {
        for (Endpoint endpoint : of.upstream().endpoints()) {
            if (endpoint.toString().equals(of.turn().instance())) {
                return endpoint;
            }
        }
        return null;
    }

    private static boolean isDue(@Nullable Round last, TurnOf of, long nowMillis) {
        Turn turn = of.turn();
        if (last == null || !last.gate().equals(turn.gate()) || last.sinceMillis() != turn.sinceMillis()) {
            return true;
        }
        long everyMillis = turn.stage() == Fleet.Stage.HOOK ? hook(of).every().toMillis() : Rolling.LOOK_MILLIS;
        return nowMillis - last.askedMillis() >= everyMillis;
    }

    private static Hook hook(TurnOf of) {
        return of.turn().undo() ? of.rolling().undo() : of.rolling().update();
    }

    private static boolean isOver(TurnOf of, long limitMillis, long nowMillis) {
        return nowMillis - of.turn().sinceMillis() >= limitMillis;
    }

    private static RolloutEvent opened(TurnOf of) {
        return new GateOpened(of.fleet().release(), of.turn().gate());
    }

    private static RolloutEvent waits(TurnOf of, String why) {
        return new GateWaits(of.fleet().release(), of.turn().gate(), why);
    }

    private static RolloutEvent failed(TurnOf of, String why) {
        return new GateFailed(of.fleet().release(), of.turn().gate(), why);
    }

    private static RolloutEvent ready(TurnOf of, InstanceReport report) {
        return report.othersWell() > 0 ? opened(of) : waits(of, "none is");
    }

    private static @Nullable RolloutEvent drained(TurnOf of, InstanceReport report, long nowMillis) {
        if (report.inFlight() == 0) {
            return opened(of);
        }
        if (!isOver(of, of.rolling().drainTimeout().toMillis(), nowMillis)) {
            return null;
        }
        LOG.warn(
                "route {}: {} exchanges are still under way with {} after drainTimeout; its hook is called all the same",
                of.route(),
                report.inFlight(),
                of.turn().instance());
        return opened(of);
    }

    private CompletableFuture<@Nullable RolloutEvent> hook(TurnOf of, long nowMillis) {
        Hook hook = hook(of);
        Question question = new Question(
                of.route(),
                of.fleet().release(),
                hook.when(),
                of.step(),
                of.ratio().percent().doubleValue(),
                of.turn().instance());
        boolean isLast = isOver(of, hook.within().toMillis(), nowMillis);
        return caller.ask(hook.call(), question, nowMillis)
                .thenApply(
                        said -> HookCaller.event(of.fleet().release(), of.turn().gate(), said, hook, isLast));
    }

    /** Its answer first, then what the data plane has come to think of it: that decides whether it gets requests. */
    private CompletableFuture<@Nullable RolloutEvent> health(
            TurnOf of, Endpoint endpoint, Instances known, long nowMillis) {
        boolean isLast = isOver(of, of.rolling().healthWithin().toMillis(), nowMillis);
        return requests.fault(endpoint, of.rolling().health())
                .thenCombine(known.report(of.upstream(), endpoint), (fault, report) -> {
                    String why = fault != null ? fault : report.well() ? "" : "its health checks do not pass yet";
                    if (why.isEmpty()) {
                        return opened(of);
                    }
                    return isLast
                            ? failed(
                                    of,
                                    why + ", and " + of.rolling().healthWithin().toSeconds() + " s are over")
                            : waits(of, why);
                });
    }

    @Override
    public void close() {
        caller.close();
    }
}
