package dev.halftone.server.proxy;

import dev.halftone.core.endpoint.Balancer;
import dev.halftone.core.endpoint.Candidate;
import dev.halftone.core.endpoint.EndpointSet;
import dev.halftone.core.endpoint.ErrorStreak;
import dev.halftone.core.endpoint.Member;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Sides;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.server.proxy.PendingQueue.Waiting;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's own connections to one upstream: idle ones to take, requests that wait, and the choice of an endpoint by
 * this loop's own counts. Limits hold for the whole process ({@link ConnectionSlots}). Event loop only, but for what
 * {@link ConnectionSlots.Owner} says.
 */
final class UpstreamPool implements ConnectionSlots.Owner {
    private static final int MAX_CONNECTING = 32;
    private static final long TRIM_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext context;
    private final Upstream upstream;
    private final UpstreamState state;
    private final ConnectionSlots slots;
    private final PendingQueue waiting;
    private final int maxIdle;
    private List<Target> targets = List.of();
    /** What targets and balancer were made of. */
    private EndpointSet known;

    private Balancer<Target> balancer;
    /** The routing table that was last looked at, and how it parts the endpoints. */
    private RoutingTable seen;

    private @Nullable Route parting;
    /** In the balancer's place while a rolling release parts the endpoints. */
    private @Nullable SideBalancers sides;

    private int connecting;
    private int held;
    private int idle;
    private int idleLow;
    private long trimmedNanos;
    private boolean inLine;
    private boolean retired;

    /** One address with this loop's connections to it. */
    static final class Target extends Candidate {
        private final Member member;
        private final Deque<BackendHandler> idle = new ArrayDeque<>();
        private boolean usable = true;
        private boolean gone;
        /** Taken out of service by a rolling release. */
        private boolean out;

        Target(Member member) {
            super(member.endpoint().weight());
            this.member = member;
        }

        Endpoint endpoint() {
            return member.endpoint();
        }

        /** Host and port; of a name with its address. */
        String name() {
            return member.toString();
        }
    }

    UpstreamPool(LoopContext context, Upstream upstream) {
        this.context = context;
        this.upstream = upstream;
        this.state = context.plane().upstreams().of(upstream, context);
        this.slots = state.slots();
        this.waiting = new PendingQueue(slots);
        int loops = context.plane().loops();
        int rest = upstream.pool().maxIdle() % loops;
        this.maxIdle = upstream.pool().maxIdle() / loops + (context.number() < rest ? 1 : 0);
        this.known = state.endpoints();
        this.seen = context.plane().routing().get();
        this.parting = seen.parting(upstream);
        this.balancer = balance();
        slots.join(this);
    }

    Upstream upstream() {
        return upstream;
    }

    LoopContext context() {
        return context;
    }

    /** Takes over what has changed; where nothing has, this is one read: each change is a new object. */
    @SuppressWarnings("ReferenceEquality")
    private void follow() {
        EndpointSet now = state.endpoints();
        RoutingTable table = context.plane().routing().get();
        boolean parted = table != seen && isPartedAnew(table);
        if (now != known || parted) {
            known = now;
            balancer = balance();
        }
    }

    private boolean isPartedAnew(RoutingTable table) {
        Route before = parting;
        seen = table;
        parting = table.parting(upstream);
        return !Objects.equals(sidesOf(before), sidesOf(parting));
    }

    private static @Nullable Sides sidesOf(@Nullable Route route) {
        return route == null || route.gray() == null ? null : route.gray().sides();
    }

    /** Keeps the targets whose address is still there, and chooses among the usable ones from now on. */
    private Balancer<Target> balance() {
        Set<Member> usable = new HashSet<>(known.usable());
        Sides parts = sidesOf(parting);
        List<Target> next = new ArrayList<>();
        List<Target> candidates = new ArrayList<>();
        for (EndpointSet.Entry entry : known.entries()) {
            Target target = target(entry.member());
            target.out = SideBalancers.isOut(parts, target.endpoint());
            target.usable = usable.contains(entry.member()) && !target.out;
            next.add(target);
            if (target.usable) {
                candidates.add(target);
            }
            if (target.out) {
                closeIdle(target);
            }
        }
        if (candidates.isEmpty()) {
            candidates = serveAnyway(next);
        }
        List<Target> before = targets;
        targets = next;
        for (Target old : before) {
            if (!next.contains(old)) {
                old.gone = true;
                old.usable = false;
                closeIdle(old);
            }
        }
        Route by = parting;
        sides = by == null || parts == null
                ? null
                : new SideBalancers(by.id(), parts, upstream.loadBalancing(), candidates, context.random());
        return Balancer.of(upstream.loadBalancing(), candidates, context.random());
    }

    /** The only well one is out of service: the others serve however they are, and it serves if there is no other. */
    private static List<Target> serveAnyway(List<Target> all) {
        List<Target> rest = all.stream().filter(target -> !target.out).toList();
        List<Target> serving = rest.isEmpty() ? all : rest;
        for (Target target : serving) {
            target.usable = true;
            target.out = false;
        }
        return serving;
    }

    private Target target(Member member) {
        for (Target target : targets) {
            if (target.member == member) {
                return target;
            }
        }
        return new Target(member);
    }

    /**
     * Finds a connection and calls {@link UpstreamRequest#connected} or {@link UpstreamRequest#fail}, now or later. Who must wait gets
     * whichever comes first: a connection that another gives back, or one that is being opened.
     *
     * @param fresh whether an idle connection will not do, because one just proved stale
     */
    void acquire(UpstreamRequest exchange, boolean fresh) {
        acquire(exchange, fresh, null);
    }

    /**
     * As {@link #acquire(UpstreamRequest, boolean)}, for a request that has failed somewhere.
     *
     * @param avoided the endpoint where it failed: it gets another, unless there is no other that may serve; or null
     */
    void acquire(UpstreamRequest exchange, boolean fresh, @Nullable Target avoided) {
        follow();
        Target target = pick(exchange, avoided);
        if (fresh || !takeIdle(exchange, target)) {
            enqueue(exchange, target, avoided);
        }
    }

    private Target pick(UpstreamRequest request, @Nullable Target avoided) {
        SideBalancers parts = sides;
        Balancer<Target> from = parts == null ? balancer : parts.of(request.choice());
        return avoided == null ? from.pick() : from.pickOther(avoided);
    }

    private Target pickForFirst() {
        Waiting first = waiting.first();
        return first == null || first.isOver() ? balancer.pick() : pick(first.exchange(), first.avoided());
    }

    private boolean takeIdle(UpstreamRequest exchange, Target target) {
        BackendHandler ready = target.idle.pollLast();
        if (ready == null) {
            return false;
        }
        idle--;
        idleLow = Math.min(idleLow, idle);
        target.began();
        exchange.connected(ready);
        return true;
    }

    private void enqueue(UpstreamRequest exchange, Target target, @Nullable Target avoided) {
        if (!waiting.offer(exchange, avoided, context.nowNanos())) {
            exchange.fail(
                    ProxyError.of(Kind.POOL_EXHAUSTED, upstream.name() + ": maxConnections and maxPending reached"));
            return;
        }
        connectForWaiting(target);
    }

    /**
     * Opens as many connections as requests wait, but few at a time: a burst would overflow the queue of an upstream that
     * accepts slowly, and each connection dropped there costs a second.
     */
    private void connectForWaiting(@Nullable Target wanted) {
        while (connecting < waiting.size() && connecting < MAX_CONNECTING) {
            if (!slots.take(this)) {
                inLine = true;
                return;
            }
            connect(wanted == null ? pickForFirst() : wanted);
        }
    }

    @Override
    public void slotGranted() {
        onLoop(this::useGrant);
    }

    @Override
    public void slotWanted() {
        onLoop(this::yieldIdle);
    }

    private void onLoop(Runnable task) {
        if (!context.loop().isShuttingDown()) {
            context.loop().execute(task);
        }
    }

    private void useGrant() {
        inLine = false;
        context.readClock();
        if (connecting < waiting.size()) {
            connect(pickForFirst());
            connectForWaiting(null);
        } else {
            slots.close(true);
        }
    }

    /** Closes the connection that has been idle longest at the endpoint with most. */
    private void yieldIdle() {
        if (!othersWant() || idle == 0) {
            return;
        }
        Target most = targets.get(0);
        for (Target target : targets) {
            most = target.idle.size() > most.idle.size() ? target : most;
        }
        closeOldest(most);
    }

    private boolean othersWant() {
        return slots.wanted() > (inLine ? 1 : 0);
    }

    private void connect(Target target) {
        target.began();
        connecting++;
        held++;
        BackendHandler handler = new BackendHandler(this, target);
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
                .connect(target.member.address());
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
            slots.connected();
            handler.opened();
            release(handler);
        } else {
            Target target = handler.target();
            target.ended();
            held--;
            slots.close(true);
            if (Descriptors.ranOut(cause)) {
                context.plane().descriptors().failed("upstream " + upstream.name(), context.nowNanos());
                if (hasActive()) {
                    // Those who wait get what comes back; the next sweep tries to open another.
                    return;
                }
            } else {
                failed(target);
            }
            Waiting first = waiting.poll(target, balancer.isOnlyOne(), sides);
            if (first != null) {
                first.exchange().connectFailed(target, connectError(target, cause));
            }
        }
        connectForWaiting(null);
    }

    /** A request, or a connection that was to carry one, failed at this endpoint by its fault. */
    void failed(Target target) {
        ErrorStreak streak = target.member.streak();
        if (streak != null && streak.failed()) {
            state.failing(target.member);
        }
    }

    /** An endpoint answered whole. */
    void answered(Target target, int status) {
        ErrorStreak streak = target.member.streak();
        if (streak == null) {
            return;
        }
        if (status >= 500) {
            failed(target);
        } else {
            streak.succeeded();
        }
    }

    private boolean hasActive() {
        for (Target target : targets) {
            if (target.active() > 0) {
                return true;
            }
        }
        return false;
    }

    private static ProxyError connectError(Target target, @Nullable Throwable cause) {
        String detail = target.name() + ": " + (cause == null ? "cancelled" : cause.getMessage());
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
        // A new connection serves first: else two loops would hand the only one to and fro and serve nobody.
        boolean mayYield = waiting.isEmpty() || (handler.hasServed() && held > slots.share());
        boolean yields = othersWant() && mayYield;
        boolean useless =
                retired || target.gone || target.out || upstream.pool().maxIdle() == 0;
        Waiting next =
                yields || target.gone || !target.usable ? null : waiting.poll(target, balancer.isOnlyOne(), sides);
        if (next != null) {
            // The count of active requests stays: one ended, another began.
            leaveLineIfIdle();
            next.exchange().connected(handler);
        } else if (yields || useless || context.plane().isDraining() || !waiting.isEmpty()) {
            handler.close();
        } else {
            target.ended();
            idle++;
            target.idle.addLast(handler);
            handler.becameIdle(context.nowNanos());
        }
    }

    private void leaveLineIfIdle() {
        if (inLine && waiting.isEmpty()) {
            inLine = false;
            slots.withdraw(this);
        }
    }

    /** A connection is gone for good. */
    void closed(BackendHandler handler, boolean wasIdle) {
        if (wasIdle) {
            idle--;
            handler.target().idle.remove(handler);
        } else {
            handler.target().ended();
        }
        held--;
        slots.close(false);
        connectForWaiting(null);
    }

    /** Requests under way with an endpoint and connections being opened to it, by the routing table in force. */
    int active(Endpoint endpoint) {
        follow();
        int active = 0;
        for (Target target : targets) {
            active += target.endpoint().equals(endpoint) ? target.active() : 0;
        }
        return active;
    }

    /** Tells requests that waited too long; closes idle connections that the load of the last second did not need. */
    void sweep(long nowNanos) {
        follow();
        long before = nowNanos - upstream.pendingTimeout().toNanos();
        Waiting late = waiting.pollLate(before);
        while (late != null) {
            Kind kind = lateKind();
            if (kind == Kind.POOL_EXHAUSTED) {
                slots.countRejected();
            }
            late.exchange().fail(ProxyError.of(kind, upstream.name() + ": no connection became free"));
            late = waiting.pollLate(before);
        }
        leaveLineIfIdle();
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
                left--;
                closeOldest(target);
            }
        }
    }

    private void closeOldest(Target target) {
        BackendHandler oldest = target.idle.removeFirst();
        idle--;
        target.began();
        oldest.closeUnneeded();
    }

    private static void closeIdle(Target target) {
        for (BackendHandler handler : List.copyOf(target.idle)) {
            handler.close();
        }
    }

    /** Closes what is idle; what is active is closed when it comes back. */
    void retire() {
        retired = true;
        slots.leave(this);
        targets.forEach(UpstreamPool::closeIdle);
    }
}
