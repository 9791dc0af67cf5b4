package dev.halftone.server.proxy;

import dev.halftone.core.routing.Upstream;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's own connections to one upstream: idle ones to take, limits to keep, requests that wait. The limit on open
 * connections holds for the whole process, all else is the loop's. Event loop only.
 */
final class UpstreamPool {
    private static final int MAX_CONNECTING = 32;
    private static final long TRIM_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext context;
    private final Upstream upstream;
    private final List<Target> targets = new ArrayList<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final AtomicInteger open;
    private final int maxIdle;
    private final int maxWaiting;
    private int turn;
    private int connecting;
    private int idle;
    private int idleLow;
    private long trimmedNanos;
    private boolean retired;

    /** @param number the request that waits; the exchange may be serving a later one meanwhile */
    private record Waiting(UpstreamRequest exchange, int number, long sinceNanos) {
        boolean isOver() {
            return exchange.isFinished() || exchange.number() != number;
        }
    }

    /** One endpoint with this loop's connections to it. */
    static final class Target {
        private final Upstream.Endpoint endpoint;
        private final String name;
        private final Deque<BackendHandler> idle = new ArrayDeque<>();
        private int active;

        Target(Upstream.Endpoint endpoint) {
            this.endpoint = endpoint;
            this.name = endpoint.toString();
        }

        /** Host and port. */
        String name() {
            return name;
        }

        Upstream.Endpoint endpoint() {
            return endpoint;
        }
    }

    UpstreamPool(LoopContext context, Upstream upstream) {
        this.context = context;
        this.upstream = upstream;
        this.open = context.plane().openConnections(upstream);
        int loops = context.plane().loops();
        this.maxIdle = (upstream.pool().maxIdle() + loops - 1) / loops;
        this.maxWaiting = (upstream.pool().maxPending() + loops - 1) / loops;
        for (Upstream.Endpoint endpoint : upstream.endpoints()) {
            targets.add(new Target(endpoint));
        }
    }

    Upstream upstream() {
        return upstream;
    }

    LoopContext context() {
        return context;
    }

    /**
     * Finds a connection and calls {@link UpstreamRequest#connected} or {@link UpstreamRequest#fail}, now or later. Who must wait gets
     * whichever comes first: a connection that another gives back, or one that is being opened.
     *
     * @param fresh whether an idle connection will not do, because one just proved stale
     */
    void acquire(UpstreamRequest exchange, boolean fresh) {
        Target target = fresh ? null : pick(exchange.avoided());
        BackendHandler ready = target == null ? null : target.idle.pollLast();
        if (target != null && ready != null) {
            idle--;
            idleLow = Math.min(idleLow, idle);
            target.active++;
            exchange.connected(ready);
            return;
        }
        int spare = Math.max(0, upstream.pool().maxConnections() - open.get()) + connecting;
        if (waiting.size() >= maxWaiting + spare) {
            exchange.fail(
                    ProxyError.of(Kind.POOL_EXHAUSTED, upstream.name() + ": maxConnections and maxPending reached"));
            return;
        }
        waiting.add(new Waiting(exchange, exchange.number(), context.nowNanos()));
        connectForWaiting(target);
    }

    /**
     * Opens as many connections as requests wait, but few at a time: a burst would overflow the queue of an upstream that
     * accepts slowly, and each connection dropped there costs a second.
     */
    private void connectForWaiting(@Nullable Target wanted) {
        while (connecting < waiting.size() && connecting < MAX_CONNECTING && mayOpen()) {
            Waiting first = waiting.peek();
            connect(wanted != null ? wanted : pick(first == null ? null : first.exchange.avoided()));
        }
    }

    private boolean mayOpen() {
        if (open.incrementAndGet() <= upstream.pool().maxConnections()) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    /** @param avoided one that just failed, to be picked only if it is the only one; or null */
    private Target pick(@Nullable Target avoided) {
        Target picked = pick();
        if (picked != avoided || targets.size() == 1) {
            return picked;
        }
        Target best = null;
        for (Target target : targets) {
            if (target != avoided && (best == null || target.active < best.active)) {
                best = target;
            }
        }
        return best == null ? picked : best;
    }

    private Target pick() {
        int size = targets.size();
        if (size == 1) {
            return targets.get(0);
        }
        return switch (upstream.loadBalancing()) {
            case ROUND_ROBIN -> weighted(turn++);
            case RANDOM ->
                weighted(java.util.concurrent.ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
            case LEAST_REQUEST -> leastActive();
        };
    }

    private Target weighted(int number) {
        int total = 0;
        for (Target target : targets) {
            total += target.endpoint.weight();
        }
        int point = Math.floorMod(number, total);
        for (Target target : targets) {
            point -= target.endpoint.weight();
            if (point < 0) {
                return target;
            }
        }
        throw new IllegalStateException("weights of " + upstream.name());
    }

    /** Fewest active requests for its weight; ties are broken in turn. */
    private Target leastActive() {
        int size = targets.size();
        int start = Math.floorMod(turn++, size);
        Target best = targets.get(start);
        for (int i = 1; i < size; i++) {
            Target candidate = targets.get((start + i) % size);
            long mine = (candidate.active + 1L) * best.endpoint.weight();
            long bests = (best.active + 1L) * candidate.endpoint.weight();
            if (mine < bests) {
                best = candidate;
            }
        }
        return best;
    }

    private void connect(Target target) {
        target.active++;
        connecting++;
        BackendHandler handler = new BackendHandler(this, target);
        Upstream.Endpoint endpoint = target.endpoint;
        long timeoutMillis = Math.max(1, upstream.connectTimeout().toMillis());
        ChannelFuture future = new Bootstrap()
                .group(context.loop())
                .channel(context.plane().channelType())
                .resolver(context.plane().resolver())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, timeoutMillis))
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        handler.install(channel);
                    }
                })
                .connect(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()));
        future.addListener(done -> {
            // Where no socket could be made, Netty tells it on a thread of its own.
            if (context.loop().inEventLoop()) {
                connectEnded(handler, done.isSuccess(), done.cause());
            } else {
                context.loop().execute(() -> connectEnded(handler, done.isSuccess(), done.cause()));
            }
        });
    }

    private void connectEnded(BackendHandler handler, boolean connected, @Nullable Throwable cause) {
        context.readClock();
        connecting--;
        if (connected) {
            handler.opened();
            release(handler);
        } else {
            handler.target().active--;
            open.decrementAndGet();
            if (Descriptors.ranOut(cause)) {
                context.plane().descriptors().failed("upstream " + upstream.name(), context.nowNanos());
                if (hasActive()) {
                    // Those who wait get what comes back; the next sweep tries to open another.
                    return;
                }
            }
            Waiting first = nextWaitingFor(handler.target());
            if (first != null) {
                first.exchange.connectFailed(
                        handler.target(), connectError(handler.target().endpoint(), cause));
            }
        }
        connectForWaiting(null);
    }

    private boolean hasActive() {
        for (Target target : targets) {
            if (target.active > 0) {
                return true;
            }
        }
        return false;
    }

    private static ProxyError connectError(Upstream.Endpoint endpoint, @Nullable Throwable cause) {
        String detail = endpoint + ": " + (cause == null ? "cancelled" : cause.getMessage());
        if (Descriptors.ranOut(cause)) {
            return ProxyError.of(Kind.PROXY_EXHAUSTED, detail);
        }
        if (cause instanceof ConnectTimeoutException) {
            return ProxyError.of(Kind.CONNECT_TIMEOUT, detail);
        }
        return ProxyError.of(
                cause instanceof UnknownHostException ? Kind.NAME_NOT_RESOLVED : Kind.CONNECT_REFUSED, detail);
    }

    /** Takes a connection that may serve the next exchange: one just opened, or one whose exchange ended well. */
    void release(BackendHandler handler) {
        Target target = handler.target();
        target.active--;
        Waiting next = nextWaiting();
        if (next != null) {
            target.active++;
            next.exchange.connected(handler);
        } else if (retired || maxIdle == 0 || context.plane().isDraining()) {
            target.active++;
            handler.close();
        } else {
            idle++;
            target.idle.addLast(handler);
            handler.becameIdle(context.nowNanos());
        }
    }

    /** A connection is gone for good. */
    void closed(BackendHandler handler, boolean wasIdle) {
        if (wasIdle) {
            idle--;
            handler.target().idle.remove(handler);
        } else {
            handler.target().active--;
        }
        open.decrementAndGet();
        connectForWaiting(null);
    }

    private @Nullable Waiting nextWaiting() {
        Waiting next = waiting.poll();
        while (next != null && next.isOver()) {
            next = waiting.poll();
        }
        return next;
    }

    /** The first that this endpoint has not failed already. */
    private @Nullable Waiting nextWaitingFor(Target target) {
        Iterator<Waiting> all = waiting.iterator();
        while (all.hasNext()) {
            Waiting next = all.next();
            if (next.isOver() || next.exchange.avoided() != target || targets.size() == 1) {
                all.remove();
                if (!next.isOver()) {
                    return next;
                }
            }
        }
        return null;
    }

    /** Tells requests that waited too long; closes idle connections that the load of the last second did not need. */
    void sweep(long nowNanos) {
        long limit = upstream.connectTimeout().toNanos();
        while (!waiting.isEmpty() && nowNanos - waiting.peek().sinceNanos > limit) {
            Waiting late = waiting.poll();
            if (late != null && !late.isOver()) {
                late.exchange.fail(ProxyError.of(lateKind(), upstream.name() + ": no connection became free"));
            }
        }
        connectForWaiting(null);
        if (nowNanos - trimmedNanos > TRIM_PERIOD_NANOS) {
            trimmedNanos = nowNanos;
            trim(idleLow - maxIdle);
            idleLow = idle;
        }
    }

    private Kind lateKind() {
        if (context.plane().descriptors().areScarce()) {
            return Kind.PROXY_EXHAUSTED;
        }
        return connecting > 0 ? Kind.CONNECT_TIMEOUT : Kind.POOL_EXHAUSTED;
    }

    /** Closes idle connections: of each endpoint its share, those idle longest first. */
    private void trim(int surplus) {
        int left = surplus;
        for (Target target : targets) {
            int keep = maxIdle / targets.size();
            while (left > 0 && target.idle.size() > keep) {
                BackendHandler oldest = target.idle.removeFirst();
                idle--;
                left--;
                target.active++;
                oldest.closeUnneeded();
            }
        }
    }

    /** Closes what is idle; what is active is closed when it comes back. */
    void retire() {
        retired = true;
        for (Target target : targets) {
            for (BackendHandler handler : List.copyOf(target.idle)) {
                handler.close();
            }
        }
    }
}
