package dev.halftone.server.proxy;

import dev.halftone.core.endpoint.InstanceReport;
import dev.halftone.core.endpoint.Instances;
import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import dev.halftone.server.tracing.Tracing;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data plane: listeners, event loops, exchanges. Methods may be called from any thread; its lock guards the listeners. */
public final class ProxyServer implements AutoCloseable, Instances {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
    private static final long DRAIN_CHECK_MILLIS = 50;
    /** So that a name that takes seconds to fail does not hold up all others. */
    private static final int LOOKUP_THREADS = 4;

    private final EventLoopGroup group;
    private final DataPlane plane;
    private final ExecutorService lookups;
    private final Class<? extends ServerChannel> serverType;
    private final List<LoopContext> contexts = new ArrayList<>();
    private final Map<String, Bound> listeners = new LinkedHashMap<>();

    private record Bound(ListenerState state, Acceptors acceptors) {}

    /** Counted failures of an upstream; cause is one of a fixed set as {@code connectRefused}, {@code responseTimeout}. */
    public record UpstreamError(String upstream, String cause) {}

    /** Counted connections that were not accepted; reason is {@code limit}, {@code perClient} or {@code fileDescriptors}. */
    public record RefusedConnections(String listener, String reason) {}

    private ProxyServer(
            Settings settings, ActiveRouting routing, OutcomeWindow window, AccessLog accessLog, Tracing tracing) {
        boolean epoll = Epoll.isAvailable();
        int loops = settings.eventLoops() > 0
                ? settings.eventLoops()
                : Runtime.getRuntime().availableProcessors();
        group = new MultiThreadIoEventLoopGroup(
                loops,
                new DefaultThreadFactory("halftone-loop"),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        serverType = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        Class<? extends SocketChannel> clientType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
        lookups = Executors.newFixedThreadPool(LOOKUP_THREADS, new DefaultThreadFactory("halftone-names", true));
        plane = new DataPlane(
                routing, System::nanoTime, clientType, new AsyncNames(lookups), loops, accessLog, tracing);
        SplittableRandom seeds = new SplittableRandom(new java.security.SecureRandom().nextLong());
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            LoopContext context = new LoopContext(loop, plane, window.newShard(), seeds.split());
            contexts.add(context);
            loop.scheduleAtFixedRate(
                    context::sweep, Sweeper.PERIOD_MILLIS, Sweeper.PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
        plane.upstreams().configure(settings.upstreams(), contexts);
        LOG.info("data plane: {} event loops on {}", loops, epoll ? "epoll" : "NIO");
    }

    /**
     * Binds all listeners, or none.
     *
     * @throws IOException with the listener, its address and the cause, in one line
     */
    public static ProxyServer start(Settings settings, ActiveRouting routing, OutcomeWindow window, Tracing tracing)
            throws IOException {
        AccessLog accessLog = openAccessLog(settings);
        ProxyServer server = new ProxyServer(settings, routing, window, accessLog, tracing);
        try {
            server.bindMissing(settings);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        Descriptors.warnIfTooFew(settings, Descriptors.limit());
        return server;
    }

    private static AccessLog openAccessLog(Settings settings) throws IOException {
        Settings.AccessLog wanted = settings.accessLog();
        return wanted == null ? AccessLog.off() : AccessLog.open(wanted.path());
    }

    /** Binds what is not bound yet; if one fails, those that this call bound are closed again. */
    private synchronized void bindMissing(Settings settings) throws IOException {
        Map<String, Bound> bound = new HashMap<>();
        try {
            for (Settings.Listener wanted : settings.listeners()) {
                Bound present = listeners.get(wanted.name());
                if (present == null || !present.state.settings().address().equals(wanted.address())) {
                    bound.put(wanted.name(), bind(wanted));
                }
            }
        } catch (IOException e) {
            bound.values().forEach(some -> some.acceptors.closeNow());
            throw e;
        }
        Map<String, Bound> next = new LinkedHashMap<>();
        for (Settings.Listener wanted : settings.listeners()) {
            Bound listener = bound.getOrDefault(wanted.name(), listeners.get(wanted.name()));
            if (listener == null) {
                throw new IllegalStateException("listener " + wanted.name());
            }
            listener.state.settings(wanted);
            next.put(wanted.name(), listener);
        }
        for (Bound old : listeners.values()) {
            if (!next.containsValue(old)) {
                old.acceptors.stop().join();
                old.state.retire();
                drainConnections(old.state);
            }
        }
        listeners.clear();
        listeners.putAll(next);
    }

    private Bound bind(Settings.Listener wanted) throws IOException {
        ListenerState state = new ListenerState(wanted, plane);
        return new Bound(state, Acceptors.bind(state, contexts, serverType));
    }

    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * Takes over what may change while running: listeners that came or went, limits, times, the access log, which is opened
     * anew so that it can be rotated. Nothing changes if a new listener cannot be bound. Exchanges under way go on.
     *
     * @throws IOException as {@link #start}
     */
    public void reload(Settings settings) throws IOException {
        AccessLog next = openAccessLog(settings);
        try {
            bindMissing(settings);
        } catch (IOException e) {
            next.close();
            throw e;
        }
        Descriptors.warnIfTooFew(settings, Descriptors.limit());
        AccessLog old = plane.accessLog();
        plane.accessLog(next);
        handOverLines(old);
        old.close();
        List<Upstream> upstreams = new ArrayList<>();
        for (Settings.RouteSettings route : settings.routes()) {
            upstreams.add(route.stable());
            if (route.gray() != null) {
                upstreams.addAll(route.gray().upstreams());
            }
        }
        plane.upstreams().configure(settings.upstreams(), contexts);
        contexts.forEach(context -> context.loop().execute(() -> context.retain(upstreams)));
    }

    /** What the loops have put together for a log that closes; not to be called on a loop. */
    private void handOverLines(AccessLog log) {
        if (log.isOn()) {
            contexts.stream()
                    .map(context ->
                            context.loop().submit(() -> context.accessLines().handOver(log)))
                    .toList()
                    .forEach(done -> done.awaitUninterruptibly(1, TimeUnit.SECONDS));
        }
    }

    private static void drainConnections(ListenerState listener) {
        for (FrontendHandler connection : listener.connections()) {
            connection.loop().execute(connection::drain);
        }
    }

    /**
     * Stops accepting, finishes what is under way, then closes what is left.
     *
     * @return done when the last exchange has ended or the time is up
     */
    public synchronized CompletableFuture<Void> drain(Duration atMost) {
        plane.startDraining();
        CompletableFuture.allOf(listeners.values().stream()
                        .map(listener -> listener.acceptors.stop())
                        .toArray(CompletableFuture[]::new))
                .join();
        listeners.values().forEach(listener -> drainConnections(listener.state));
        CompletableFuture<Void> done = new CompletableFuture<>();
        awaitNoConnections(done, plane.nowNanos() + atMost.toNanos());
        return done;
    }

    private void awaitNoConnections(CompletableFuture<Void> done, long deadlineNanos) {
        int open = connections().values().stream().mapToInt(Integer::intValue).sum();
        if (open == 0 || plane.nowNanos() - deadlineNanos >= 0) {
            if (open > 0) {
                LOG.warn("{} connections were still busy when the time to drain was up; they are cut", open);
            }
            done.complete(null);
            return;
        }
        group.next().schedule(() -> awaitNoConnections(done, deadlineNanos), DRAIN_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Where each listener is bound, in the order of the settings; tells the port where 0 was asked for. */
    public synchronized List<InetSocketAddress> addresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        listeners.values().forEach(listener -> addresses.add(listener.acceptors.address()));
        return addresses;
    }

    public Map<UpstreamError, Long> upstreamErrors() {
        Map<UpstreamError, Long> counts = new HashMap<>();
        plane.upstreamErrors().forEach((key, count) -> counts.put(key, count.sum()));
        return counts;
    }

    /** Asks each loop: after that, none begins anything new with an endpoint that was out when this was called. */
    @Override
    public CompletableFuture<InstanceReport> report(Upstream upstream, Upstream.Endpoint endpoint) {
        AtomicInteger active = new AtomicInteger();
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        for (LoopContext context : contexts) {
            if (context.loop().isShuttingDown()) {
                return CompletableFuture.failedFuture(new RejectedExecutionException("the data plane ends"));
            }
            asked.add(CompletableFuture.runAsync(
                    () -> active.addAndGet(context.active(upstream, endpoint)), context.loop()));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done -> InstanceReport.of(
                        plane.upstreams().of(upstream, contexts.get(0)).endpoints(), endpoint, active.get()));
    }

    /** How each upstream stands, in the order of the configuration. */
    public List<UpstreamStatus> upstreams() {
        return plane.upstreams().status();
    }

    /** Client connections that were not accepted, since the start. */
    public Map<RefusedConnections, Long> refusedConnections() {
        Map<RefusedConnections, Long> counts = new HashMap<>();
        plane.refusedConnections().forEach((key, count) -> counts.put(key, count.sum()));
        return counts;
    }

    /** Open client connections by listener name. */
    public synchronized Map<String, Integer> connections() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        listeners.forEach((name, listener) -> counts.put(name, listener.state.openCount()));
        return counts;
    }

    /** By listener name: fields that requests' Connection fields named and could not remove. */
    public synchronized Map<String, Long> protectedConnectionTokens() {
        Map<String, Long> counts = new LinkedHashMap<>();
        listeners.forEach((name, listener) -> counts.put(name, listener.state.protectedTokens()));
        return counts;
    }

    /** Closes everything at once. */
    @Override
    public void close() {
        synchronized (this) {
            listeners.values().forEach(listener -> listener.acceptors.closeNow());
        }
        handOverLines(plane.accessLog());
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
        lookups.shutdownNow();
        plane.accessLog().close();
    }
}
