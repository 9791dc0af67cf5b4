package dev.halftone.server.proxy;

import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.routing.Upstream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is shared of each upstream. Any thread. */
final class UpstreamStates {
    private final Map<Upstream, UpstreamState> states = new ConcurrentHashMap<>();
    private volatile List<Upstream> configured = List.of();

    /** Watches these upstreams from now on, each on one of the loops; an upstream that was there goes on as it is. */
    void configure(List<Upstream> upstreams, List<LoopContext> loops) {
        Set<Upstream> wanted = new HashSet<>(upstreams);
        states.keySet().retainAll(wanted);
        configured = List.copyOf(upstreams);
        for (Upstream upstream : upstreams) {
            LoopContext home = loops.get(Math.floorMod(upstream.name().hashCode(), loops.size()));
            states.computeIfAbsent(upstream, key -> new UpstreamState(key, home))
                    .watch();
        }
    }

    /** Of an upstream that a reload has just taken away, a new one that nobody watches. */
    UpstreamState of(Upstream upstream, LoopContext asking) {
        return states.computeIfAbsent(upstream, key -> new UpstreamState(key, asking));
    }

    /** Does what is due on this loop. */
    void sweep(LoopContext loop, long nowNanos) {
        for (UpstreamState state : states.values()) {
            if (state.home() == loop) {
                state.sweep(nowNanos);
            }
        }
    }

    /** In the order of the configuration. */
    List<UpstreamStatus> status() {
        List<UpstreamStatus> all = new ArrayList<>();
        for (Upstream upstream : configured) {
            UpstreamState state = states.get(upstream);
            if (state != null) {
                all.add(state.status());
            }
        }
        return all;
    }
}
