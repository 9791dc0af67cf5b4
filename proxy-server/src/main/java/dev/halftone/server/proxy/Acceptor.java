package dev.halftone.server.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening socket on one event loop, which runs it. A connection goes to the loop that has the fewest, to its own if that
 * is one of them. Without file descriptors it pauses, for longer each time.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long FIRST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 1000;
    /** Enough for a full queue; under constant connects it would never be quiet. */
    private static final int MOST_CLOSING_ROUNDS = 100;

    private final ListenerState listener;
    private final LoopContext own;
    private final List<LoopContext> loops;
    private final Channel channel;
    private long accepted;
    private long pauseMillis;

    Acceptor(ListenerState listener, LoopContext own, List<LoopContext> loops, Channel channel) {
        this.listener = listener;
        this.own = own;
        this.loops = loops;
        this.channel = channel;
    }

    Channel channel() {
        return channel;
    }

    EventLoop loop() {
        return own.loop();
    }

    String cannotListen(InetSocketAddress address, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return "listener " + listener.settings().name() + ": cannot listen on " + ProxyServer.text(address) + ": "
                + reason + " (expected: a free address of this machine)";
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        Channel client = (Channel) msg;
        accepted++;
        pauseMillis = 0;
        // Null if the client has left already.
        if (!(client.remoteAddress() instanceof InetSocketAddress remote)) {
            client.unsafe().closeForcibly();
            return;
        }
        InetAddress address = remote.getAddress();
        Refusal refusal = listener.tryOpen(address);
        if (refusal != null) {
            client.unsafe().closeForcibly();
            listener.refused(refusal, address);
            return;
        }
        open(client, address, fewest());
    }

    private LoopContext fewest() {
        LoopContext best = own;
        int least = own.clients().get();
        for (LoopContext loop : loops) {
            int clients = loop.clients().get();
            if (clients < least) {
                best = loop;
                least = clients;
            }
        }
        return best;
    }

    private void open(Channel client, InetAddress address, LoopContext loop) {
        loop.clients().incrementAndGet();
        client.closeFuture().addListener(closed -> {
            loop.clients().decrementAndGet();
            listener.closed(address);
        });
        client.config().setOption(ChannelOption.TCP_NODELAY, true);
        client.pipeline().addLast(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel opening) {
                FrontendHandler handler = new FrontendHandler(loop, listener, opening, address);
                listener.opened(handler);
                opening.closeFuture().addListener(closed -> listener.closed(handler));
                handler.install();
            }
        });
        loop.loop().register(client).addListener(done -> {
            if (!done.isSuccess()) {
                client.unsafe().closeForcibly();
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (Descriptors.ranOut(cause)) {
            listener.countOutOfDescriptors();
        } else {
            LOG.warn("listener {}: accepting failed: {}", listener.settings().name(), cause.toString());
        }
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pauseMillis));
        channel.config().setAutoRead(false);
        own.loop().schedule(this::goOn, pauseMillis, TimeUnit.MILLISECONDS);
    }

    private void goOn() {
        if (channel.isOpen()) {
            channel.config().setAutoRead(true);
        }
    }

    /** Accepts what the kernel has queued, then closes. Any thread. */
    CompletableFuture<Void> stop() {
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        channel.closeFuture().addListener(closed -> stopped.complete(null));
        closeWhenQuiet(-1, 0);
        return stopped;
    }

    /** The next round comes after the loop has asked the kernel once more; if that brought no connection, none is queued. */
    private void closeWhenQuiet(long acceptedBefore, int round) {
        own.loop()
                .schedule(
                        () -> {
                            if (accepted == acceptedBefore || round == MOST_CLOSING_ROUNDS) {
                                channel.close();
                            } else {
                                closeWhenQuiet(accepted, round + 1);
                            }
                        },
                        1,
                        TimeUnit.MILLISECONDS);
    }
}
