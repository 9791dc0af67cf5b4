package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MirrorPolicy;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.window.SideCounts.Mirrored;
import dev.halftone.server.http1.RequestHead;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies of requests to canaries: which requests, over which connections, how many at once. Copies have connections of their own,
 * so that none of a client's requests ever waits for one. Event loop only.
 */
final class Mirrors {
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final LoopContext context;
    private final Map<Integer, Lane> lanes = new HashMap<>();
    private long drawn;

    /** One route's way to its canary. */
    static final class Lane {
        private final Upstream canary;
        private final MirrorPolicy policy;
        private final UpstreamPool pool;
        private final int most;
        private int inFlight;

        private Lane(LoopContext context, Upstream canary, MirrorPolicy policy) {
            this.canary = canary;
            this.policy = policy;
            int loops = context.plane().loops();
            most = (policy.maxInFlight() + loops - 1) / loops;
            pool = new UpstreamPool(context, copies(canary, policy));
        }

        /** The same servers over few connections and without patience. */
        private static Upstream copies(Upstream canary, MirrorPolicy policy) {
            return new Upstream(
                    canary.name(),
                    canary.endpoints(),
                    canary.loadBalancing(),
                    canary.connectTimeout(),
                    policy.timeout(),
                    new Upstream.Pool(policy.maxInFlight(), IDLE, policy.maxInFlight(), 0),
                    canary.maxResponseHeadBytes());
        }

        UpstreamPool pool() {
            return pool;
        }

        MirrorPolicy policy() {
            return policy;
        }

        /** Whether one more copy may be under way; then it is, until {@link #leave}. */
        boolean enter() {
            if (inFlight >= most) {
                return false;
            }
            inFlight++;
            return true;
        }

        void leave() {
            inFlight--;
        }
    }

    /** @param seed where the running number of requests begins, which draws them */
    Mirrors(LoopContext context, long seed) {
        this.context = context;
        this.drawn = seed;
    }

    /** A copy to be filled and sent, if the lot falls on this request; or null. */
    @Nullable
    MirrorCopy draw(Choice choice, RequestHead head) {
        Choice twin = choice.twin();
        Gray gray = choice.route().gray();
        MirrorPolicy policy = gray == null ? null : gray.net().mirror();
        if (twin == null || policy == null || !policy.share().includes(mixed(drawn++))) {
            return null;
        }
        if (!policy.covers(head.method()) || head.isWebSocketUpgrade()) {
            return null;
        }
        Lane lane = lane(twin, policy);
        MirrorCopy copy = new MirrorCopy(context, lane, twin);
        boolean may = head.hasBody()
                ? head.contentLength() <= policy.maxBodyBytes() && copy.enter()
                : lane.inFlight < lane.most;
        if (!may) {
            count(twin, Mirrored.DROPPED);
            return null;
        }
        return copy;
    }

    private Lane lane(Choice twin, MirrorPolicy policy) {
        int route = twin.route().id();
        Lane lane = lanes.get(route);
        if (lane != null && lane.canary.equals(twin.upstream()) && lane.policy.equals(policy)) {
            return lane;
        }
        if (lane != null) {
            lane.pool.retire();
        }
        Lane next = new Lane(context, twin.upstream(), policy);
        lanes.put(route, next);
        return next;
    }

    void count(Choice twin, Mirrored result) {
        context.shard().sideCounts().mirrored(twin.route().id(), result);
    }

    /** Spread over all bits, so that a share of numbers in a row is drawn as if by chance (Steele et al. 2014, SplitMix64). */
    private static long mixed(long number) {
        long bits = number * 0x9e3779b97f4a7c15L;
        bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
        return bits ^ (bits >>> 31);
    }

    void sweep(long nowNanos) {
        for (Lane lane : lanes.values()) {
            lane.pool.sweep(nowNanos);
        }
    }

    /** Forgets the ways to upstreams that are no longer configured. */
    void retain(List<Upstream> configured) {
        Iterator<Lane> all = lanes.values().iterator();
        while (all.hasNext()) {
            Lane lane = all.next();
            if (!configured.contains(lane.canary)) {
                lane.pool.retire();
                all.remove();
            }
        }
    }
}
