package dev.halftone.server.proxy;

import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
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
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data plane: listeners, event loops, exchanges. Methods may be called from any thread; its lock guards the listeners. */
public final class ProxyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
    private static final long DRAIN_CHECK_MILLIS = 50;

    private final EventLoopGroup group;
    private final DataPlane plane;
    private final ExecutorService lookups;
    private final Class<? extends ServerChannel> serverType;
    private final Map<EventLoop, LoopContext> contexts = new IdentityHashMap<>();
    private final Map<String, ListenerState> listeners = new LinkedHashMap<>();

    /** Counted failures of an upstream; cause is one of a fixed set as {@code connectRefused}, {@code responseTimeout}. */
    public record UpstreamError(String upstream, String cause) {}

    private ProxyServer(Settings settings, ActiveRouting routing, OutcomeWindow window, AccessLog accessLog) {
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
        lookups = Executors.newSingleThreadExecutor(new DefaultThreadFactory("halftone-names", true));
        plane = new DataPlane(routing, System::nanoTime, clientType, new AsyncNames(lookups), loops, accessLog);
        SplittableRandom seeds = new SplittableRandom(new java.security.SecureRandom().nextLong());
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            LoopContext context = new LoopContext(loop, plane, window.newShard(), seeds.split());
            contexts.put(loop, context);
            loop.scheduleAtFixedRate(
                    context::sweep, Sweeper.PERIOD_MILLIS, Sweeper.PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
        LOG.info("data plane: {} event loops on {}", loops, epoll ? "epoll" : "NIO");
    }

    /**
     * Binds all listeners, or none.
     *
     * @throws IOException with the listener, its address and the cause, in one line
     */
    public static ProxyServer start(Settings settings, ActiveRouting routing, OutcomeWindow window) throws IOException {
        AccessLog accessLog = openAccessLog(settings);
        ProxyServer server = new ProxyServer(settings, routing, window, accessLog);
        try {
            server.bindMissing(settings);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private static AccessLog openAccessLog(Settings settings) throws IOException {
        Settings.AccessLog wanted = settings.accessLog();
        return wanted == null ? AccessLog.off() : AccessLog.open(wanted.path());
    }

    /** Binds what is not bound yet; if one fails, those that this call bound are closed again. */
    private synchronized void bindMissing(Settings settings) throws IOException {
        Map<String, ListenerState> bound = new HashMap<>();
        try {
            for (Settings.Listener wanted : settings.listeners()) {
                ListenerState present = listeners.get(wanted.name());
                if (present == null || !present.settings().address().equals(wanted.address())) {
                    bound.put(wanted.name(), bind(wanted));
                }
            }
        } catch (IOException e) {
            bound.values().forEach(ProxyServer::stopAccepting);
            throw e;
        }
        Map<String, ListenerState> next = new LinkedHashMap<>();
        for (Settings.Listener wanted : settings.listeners()) {
            ListenerState state = bound.getOrDefault(wanted.name(), listeners.get(wanted.name()));
            if (state == null) {
                throw new IllegalStateException("listener " + wanted.name());
            }
            state.settings(wanted);
            next.put(wanted.name(), state);
        }
        for (ListenerState old : listeners.values()) {
            if (!next.containsValue(old)) {
                stopAccepting(old);
                drainConnections(old);
            }
        }
        listeners.clear();
        listeners.putAll(next);
    }

    private ListenerState bind(Settings.Listener wanted) throws IOException {
        ListenerState state = new ListenerState(wanted);
        ChannelFuture future = new ServerBootstrap()
                .group(group)
                .channel(serverType)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(state, channel);
                    }
                })
                .bind(wanted.address())
                .awaitUninterruptibly();
        Throwable cause = future.cause();
        if (cause != null) {
            throw new IOException(
                    "listener " + wanted.name() + ": cannot listen on " + text(wanted.address()) + ": " + reason(cause)
                            + " (expected: a free address of this machine)",
                    cause);
        }
        state.bound(future.channel());
        return state;
    }

    private static String reason(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private void accept(ListenerState state, Channel channel) {
        LoopContext context = contexts.get(channel.eventLoop());
        if (context == null || channel.remoteAddress() == null || !state.tryOpen()) {
            channel.close();
            return;
        }
        FrontendHandler handler = new FrontendHandler(context, state, channel);
        state.opened(handler);
        channel.closeFuture().addListener(closed -> state.closed(handler));
        handler.install();
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
        AccessLog old = plane.accessLog();
        plane.accessLog(next);
        handOverLines(old);
        old.close();
        List<Upstream> upstreams = new ArrayList<>();
        for (Settings.RouteSettings route : settings.routes()) {
            upstreams.add(route.stable());
            if (route.gray() != null) {
                upstreams.add(route.gray().canary());
            }
        }
        contexts.forEach((loop, context) -> loop.execute(() -> context.retain(upstreams)));
    }

    /** What the loops have put together for a log that closes; not to be called on a loop. */
    private void handOverLines(AccessLog log) {
        if (log.isOn()) {
            contexts.entrySet().stream()
                    .map(entry -> entry.getKey()
                            .submit(() -> entry.getValue().accessLines().handOver(log)))
                    .toList()
                    .forEach(done -> done.awaitUninterruptibly(1, TimeUnit.SECONDS));
        }
    }

    private static void stopAccepting(ListenerState listener) {
        Channel acceptor = listener.acceptor();
        if (acceptor != null) {
            acceptor.close().awaitUninterruptibly();
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
        for (ListenerState listener : listeners.values()) {
            stopAccepting(listener);
            drainConnections(listener);
        }
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
        for (ListenerState listener : listeners.values()) {
            addresses.add(boundAddress(listener));
        }
        return addresses;
    }

    private static InetSocketAddress boundAddress(ListenerState listener) {
        @Nullable Channel acceptor = listener.acceptor();
        if (acceptor != null && acceptor.localAddress() instanceof InetSocketAddress bound) {
            return bound;
        }
        return listener.settings().address();
    }

    public Map<UpstreamError, Long> upstreamErrors() {
        Map<UpstreamError, Long> counts = new HashMap<>();
        plane.upstreamErrors().forEach((key, count) -> counts.put(key, count.sum()));
        return counts;
    }

    /** Open client connections by listener name. */
    public synchronized Map<String, Integer> connections() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        listeners.forEach((name, listener) -> counts.put(name, listener.openCount()));
        return counts;
    }

    /** By listener name: fields that requests' Connection fields named and could not remove. */
    public synchronized Map<String, Long> protectedConnectionTokens() {
        Map<String, Long> counts = new LinkedHashMap<>();
        listeners.forEach((name, listener) -> counts.put(name, listener.protectedTokens()));
        return counts;
    }

    /** Closes everything at once. */
    @Override
    public void close() {
        synchronized (this) {
            listeners.values().forEach(ProxyServer::stopAccepting);
        }
        handOverLines(plane.accessLog());
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
        lookups.shutdownNow();
        plane.accessLog().close();
    }
}
