package dev.halftone.server.admin;

import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import dev.halftone.server.control.ControlLoop;
import dev.halftone.server.store.StateStore;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin API, on an event loop of its own. Methods may be called from any thread. */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int MAX_BODY_BYTES = 64 * 1024;
    private static final int MAX_CONNECTIONS = 256;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("halftone-admin", true), NioIoHandler.newFactory());
    private final AtomicInteger open = new AtomicInteger();
    private final AdminApi api;
    private final StateStore store;
    private final Access access;
    private final Function<String, Page> metrics;
    private final BooleanSupplier ready;
    private final WebAssets assets = new WebAssets();
    private final String version;
    private final LiveFeed live;
    private @Nullable Channel acceptor;

    private AdminServer(
            AdminApi api,
            StateStore store,
            Access access,
            Function<String, Page> metrics,
            BooleanSupplier ready,
            String version) {
        this.api = api;
        this.store = store;
        this.access = access;
        this.metrics = metrics;
        this.ready = ready;
        this.version = version;
        this.live = new LiveFeed(group.next(), api::status, api::json, store);
    }

    /**
     * @param upstreams how each stands now
     * @param metrics the metrics page for an Accept header
     * @param ready whether the proxy takes new requests (false while it drains)
     * @param version the program's, as the dashboard shows it
     * @throws IOException with the address and the cause, in one line
     */
    public static AdminServer start(
            Settings.Admin settings,
            ControlLoop control,
            ActiveRouting routing,
            OutcomeWindow window,
            StateStore store,
            Supplier<List<UpstreamStatus>> upstreams,
            Function<String, Page> metrics,
            BooleanSupplier ready,
            String version)
            throws IOException {
        AdminApi api = new AdminApi(control, routing, store, new ReportedOutcomes(routing, window), upstreams);
        AdminServer server = new AdminServer(api, store, new Access(settings), metrics, ready, version);
        ChannelFuture future = new ServerBootstrap()
                .group(server.group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        server.accept(channel);
                    }
                })
                .bind(settings.address())
                .awaitUninterruptibly();
        Throwable cause = future.cause();
        if (cause != null) {
            server.close();
            InetSocketAddress address = settings.address();
            throw new IOException(
                    "admin: cannot listen on " + address.getAddress().getHostAddress() + ":" + address.getPort() + ": "
                            + cause.getMessage() + " (expected: a free address of this machine)",
                    cause);
        }
        server.acceptor = future.channel();
        return server;
    }

    private void accept(Channel channel) {
        if (open.incrementAndGet() > MAX_CONNECTIONS) {
            open.decrementAndGet();
            channel.close();
            return;
        }
        channel.pipeline()
                .addLast(new HttpServerCodec())
                .addLast(new BodyLimit(MAX_BODY_BYTES))
                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                .addLast(new AdminHandler(this));
    }

    void closed() {
        open.decrementAndGet();
    }

    AdminApi api() {
        return api;
    }

    StateStore store() {
        return store;
    }

    WebAssets assets() {
        return assets;
    }

    LiveFeed live() {
        return live;
    }

    String version() {
        return version;
    }

    Access access() {
        return access;
    }

    Page metrics(String accept) {
        return metrics.apply(accept);
    }

    boolean isReady() {
        return ready.getAsBoolean();
    }

    /** A body and its media type. */
    public record Page(String contentType, String body) {}

    public InetSocketAddress address() {
        Channel bound = acceptor;
        if (bound == null) {
            throw new IllegalStateException("not started");
        }
        return (InetSocketAddress) bound.localAddress();
    }

    @Override
    public void close() {
        try {
            live.close();
        } catch (IOException e) {
            LOG.error("the dashboard's feed could not be taken off its store", e);
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
