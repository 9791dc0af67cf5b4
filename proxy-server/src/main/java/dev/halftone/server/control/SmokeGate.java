package dev.halftone.server.control;

import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.RolloutSettings;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the smoke gate of a blue-green release: each endpoint of the canary must answer each smoke request as expected. Tried again
 * at each look until it passes or its time is over. The same requests keep the old side warm while the new one is watched. Requests
 * are sent and judged on a thread of their own, which alone touches what it saw; the control thread alone touches what is under way.
 */
final class SmokeGate implements OutsideGates, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmokeGate.class);
    private static final long WARM_EVERY_MILLIS = 10_000;

    private final Answers answers;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread smoke = new Thread(work, "halftone-smoke");
        smoke.setDaemon(true);
        return smoke;
    });
    private final InstanceRequests requests = new InstanceRequests(thread);
    private final Map<String, CompletableFuture<?>> underWay = new HashMap<>();
    private final Map<String, Long> warmedMillis = new HashMap<>();
    /** Routes whose old side did not answer when it was last asked. */
    private final Set<String> cold = new HashSet<>();

    SmokeGate(Answers answers) {
        this.answers = answers;
    }

    @Override
    public void attend(Waiting waiting, long nowMillis) {
        CompletableFuture<?> attempt = underWay.get(waiting.route());
        if (!waiting.gate().equals(StepCourse.SMOKE) || (attempt != null && !attempt.isDone())) {
            return;
        }
        boolean isLast = nowMillis - waiting.sinceMillis()
                >= waiting.rollout().smokeWithin().toMillis();
        underWay.put(
                waiting.route(),
                faults(waiting.canary(), waiting.rollout().smoke())
                        .thenAcceptAsync(
                                faults -> answers.accept(waiting.route(), answer(waiting, faults, isLast)), thread));
    }

    private static RolloutEvent answer(Waiting waiting, List<String> faults, boolean isLast) {
        if (faults.isEmpty()) {
            return new RolloutEvent.GateOpened(waiting.release(), waiting.gate());
        }
        String why = faults.get(0) + (faults.size() == 1 ? "" : "; " + (faults.size() - 1) + " more");
        return isLast
                ? new RolloutEvent.GateFailed(waiting.release(), waiting.gate(), why)
                : new RolloutEvent.GateWaits(waiting.release(), waiting.gate(), why);
    }

    @Override
    public void keepWarm(String route, Upstream stable, RolloutSettings rollout, long nowMillis) {
        boolean isDue = nowMillis - warmedMillis.getOrDefault(route, 0L) >= WARM_EVERY_MILLIS;
        CompletableFuture<?> attempt = underWay.get(route);
        if (!isDue || rollout.smoke().isEmpty() || (attempt != null && !attempt.isDone())) {
            return;
        }
        warmedMillis.put(route, nowMillis);
        underWay.put(
                route, faults(stable, rollout.smoke()).thenAcceptAsync(faults -> tellWarmth(route, faults), thread));
    }

    private void tellWarmth(String route, List<String> faults) {
        if (!faults.isEmpty() && cold.add(route)) {
            LOG.warn("route {}: the old side, which a rollback would go to, is not well: {}", route, faults.get(0));
        } else if (faults.isEmpty() && cold.remove(route)) {
            LOG.info("route {}: the old side is well again", route);
        }
    }

    /** What went wrong, one sentence for each request and endpoint; empty if all is well. Never fails, never blocks. */
    private CompletableFuture<List<String>> faults(Upstream upstream, List<SmokeRequest> smoke) {
        return CompletableFuture.supplyAsync(() -> ask(upstream, smoke), thread).thenCompose(asked -> asked);
    }

    private CompletableFuture<List<String>> ask(Upstream upstream, List<SmokeRequest> smoke) {
        List<CompletableFuture<@Nullable String>> asked = new ArrayList<>();
        for (Upstream.Endpoint endpoint : upstream.endpoints()) {
            for (SmokeRequest request : smoke) {
                asked.add(requests.fault(endpoint, request));
            }
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<String> faults = new ArrayList<>();
            for (CompletableFuture<@Nullable String> each : asked) {
                String fault = each.join();
                if (fault != null) {
                    faults.add(fault);
                }
            }
            return faults;
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
