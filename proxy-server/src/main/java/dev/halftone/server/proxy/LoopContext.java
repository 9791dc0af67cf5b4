package dev.halftone.server.proxy;

import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.LoopBuffer;
import io.netty.channel.EventLoop;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** All that one event loop owns: its counters, its upstream connections, its timer. Event loop only. */
final class LoopContext {
    /** Room for nearly every head and a small body. */
    private static final int SENT_HEAD_BYTES = 8192;

    private final EventLoop loop;
    private final DataPlane plane;
    private final OutcomeShard shard;
    private final int number;
    private final SplittableRandom random;
    private final RequestForwarding forwarding;
    private final UserPosition user = new UserPosition();
    private final HeadBuffer headBuffer = new HeadBuffer(new LoopBuffer(SENT_HEAD_BYTES));
    private final LoopReads reads = new LoopReads();
    private final AccessLines accessLines;
    private final Sweeper sweeper = new Sweeper();
    private final IdleEviction eviction;
    private final AtomicInteger clients = new AtomicInteger();
    private final Map<Upstream, UpstreamPool> pools = new IdentityHashMap<>();
    private final ReplayBudgets budgets = new ReplayBudgets();
    private final Mirrors mirrors;
    private long nowNanos;

    LoopContext(EventLoop loop, DataPlane plane, OutcomeShard shard, SplittableRandom random) {
        this.loop = loop;
        this.plane = plane;
        this.shard = shard;
        this.number = plane.nextLoopNumber();
        this.random = random.split();
        this.forwarding = new RequestForwarding(random, plane.tracing().sampling());
        this.accessLines = new AccessLines(plane);
        this.eviction = new IdleEviction(plane);
        this.mirrors = new Mirrors(this, random.nextLong());
        readClock();
    }

    EventLoop loop() {
        return loop;
    }

    DataPlane plane() {
        return plane;
    }

    /** 0 for the first loop, and so on. */
    int number() {
        return number;
    }

    SplittableRandom random() {
        return random;
    }

    OutcomeShard shard() {
        return shard;
    }

    /** The user of the request that was routed last. */
    UserPosition user() {
        return user;
    }

    /** Where heads are put together; empty it before use. */
    HeadBuffer headBuffer() {
        return headBuffer;
    }

    AccessLines accessLines() {
        return accessLines;
    }

    /** Where connections of this loop read to. */
    LoopReads reads() {
        return reads;
    }

    RequestForwarding forwarding() {
        return forwarding;
    }

    Sweeper sweeper() {
        return sweeper;
    }

    IdleEviction eviction() {
        return eviction;
    }

    ReplayBudgets budgets() {
        return budgets;
    }

    /** Where copies of requests go. */
    Mirrors mirrors() {
        return mirrors;
    }

    /** How many clients' connections this loop serves, or soon will. Any thread. */
    AtomicInteger clients() {
        return clients;
    }

    /** The moment at which the event arrived that this loop handles: read once for each event, not for each use. */
    long nowNanos() {
        return nowNanos;
    }

    /** An event arrived. */
    void readClock() {
        nowNanos = plane.nowNanos();
    }

    UpstreamPool pool(Upstream upstream) {
        UpstreamPool pool = pools.get(upstream);
        if (pool == null) {
            pool = new UpstreamPool(this, upstream);
            pools.put(upstream, pool);
        }
        return pool;
    }

    /** What this loop has under way with an endpoint. */
    int active(Upstream upstream, Endpoint endpoint) {
        readClock();
        int active = 0;
        for (UpstreamPool pool : pools.values()) {
            active += pool.upstream().equals(upstream) ? pool.active(endpoint) : 0;
        }
        return active;
    }

    void sweep() {
        readClock();
        long now = nowNanos();
        sweeper.sweep(now);
        accessLines.handOver(plane.accessLog());
        eviction.closeLongestIdle(now);
        plane.descriptors().sweep(now);
        plane.upstreams().sweep(this, now);
        for (UpstreamPool pool : List.copyOf(pools.values())) {
            pool.sweep(now);
        }
        mirrors.sweep(now);
    }

    /** Forgets pools of upstreams that are no longer configured; what is idle there is closed. */
    void retain(List<Upstream> configured) {
        Iterator<UpstreamPool> all = pools.values().iterator();
        while (all.hasNext()) {
            UpstreamPool pool = all.next();
            if (!configured.contains(pool.upstream())) {
                pool.retire();
                all.remove();
            }
        }
        mirrors.retain(configured);
    }
}
