package dev.halftone.server.proxy;

import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.server.proxy.ProxyServer.RefusedConnections;
import dev.halftone.server.proxy.ProxyServer.UpstreamError;
import dev.halftone.server.tracing.Tracing;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** What all event loops share: nothing here is touched more than once or twice in a request. Any thread. */
final class DataPlane {
    private final ActiveRouting routing;
    private final LongSupplier nanoClock;
    private final Class<? extends SocketChannel> channelType;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final int loops;
    private final Map<UpstreamError, LongAdder> upstreamErrors = new ConcurrentHashMap<>();
    private final Map<RefusedConnections, LongAdder> refusedConnections = new ConcurrentHashMap<>();
    private final Descriptors descriptors = new Descriptors();
    private final UpstreamStates upstreams = new UpstreamStates();
    private final AtomicInteger numberedLoops = new AtomicInteger();
    private final Tracing tracing;
    private volatile AccessLog accessLog;
    private volatile boolean draining;

    DataPlane(
            ActiveRouting routing,
            LongSupplier nanoClock,
            Class<? extends SocketChannel> channelType,
            AddressResolverGroup<InetSocketAddress> resolver,
            int loops,
            AccessLog accessLog,
            Tracing tracing) {
        this.routing = routing;
        this.nanoClock = nanoClock;
        this.channelType = channelType;
        this.resolver = resolver;
        this.loops = loops;
        this.accessLog = accessLog;
        this.tracing = tracing;
    }

    Tracing tracing() {
        return tracing;
    }

    ActiveRouting routing() {
        return routing;
    }

    long nowNanos() {
        return nanoClock.getAsLong();
    }

    Class<? extends Channel> channelType() {
        return channelType;
    }

    AddressResolverGroup<InetSocketAddress> resolver() {
        return resolver;
    }

    int loops() {
        return loops;
    }

    AccessLog accessLog() {
        return accessLog;
    }

    void accessLog(AccessLog next) {
        accessLog = next;
    }

    boolean isDraining() {
        return draining;
    }

    void startDraining() {
        draining = true;
    }

    /** What all loops share of each upstream. */
    UpstreamStates upstreams() {
        return upstreams;
    }

    int nextLoopNumber() {
        return numberedLoops.getAndIncrement();
    }

    void countUpstreamError(String upstream, String cause) {
        upstreamErrors
                .computeIfAbsent(new UpstreamError(upstream, cause), key -> new LongAdder())
                .increment();
    }

    Map<UpstreamError, LongAdder> upstreamErrors() {
        return upstreamErrors;
    }

    void countRefused(String listener, Refusal why, int connections) {
        refusedConnections
                .computeIfAbsent(new RefusedConnections(listener, why.label()), key -> new LongAdder())
                .add(connections);
    }

    Map<RefusedConnections, LongAdder> refusedConnections() {
        return refusedConnections;
    }

    Descriptors descriptors() {
        return descriptors;
    }
}
