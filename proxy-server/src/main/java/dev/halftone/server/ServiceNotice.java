package dev.halftone.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how far the program is, by the datagrams of systemd's sd_notify(3). Does nothing where nobody asked.
 * One thread. A message that cannot be sent is logged; it never stops the proxy.
 */
final class ServiceNotice {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceNotice.class);
    private static final long SEND_TIMEOUT_MILLIS = 2000;

    private final @Nullable String socket;

    /**
     * @param socket path of a Unix datagram socket, as NOTIFY_SOCKET says; null: nobody asked
     */
    ServiceNotice(@Nullable String socket) {
        this.socket = usable(socket) ? socket : null;
    }

    private static boolean usable(@Nullable String socket) {
        if (socket == null || socket.isEmpty()) {
            return false;
        }
        if (!socket.startsWith("/") || !Epoll.isAvailable()) {
            LOG.warn("NOTIFY_SOCKET {} cannot be used (expected: an absolute path, on Linux)", socket);
            return false;
        }
        return true;
    }

    /** Started, or reloaded: requests are served. */
    void ready() {
        send("READY=1");
    }

    /**
     * A reload begins; {@link #ready} ends it.
     *
     * @param nowNanos of the monotonic clock, which systemd compares with its own
     */
    void reloading(long nowNanos) {
        send("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(nowNanos));
    }

    void stopping() {
        send("STOPPING=1");
    }

    private void send(String message) {
        if (socket == null) {
            return;
        }
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            send(group, socket, message);
        } finally {
            group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private static void send(EventLoopGroup group, String socket, String message) {
        ChannelFuture connected = new Bootstrap()
                .group(group)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new DomainSocketAddress(socket));
        ChannelFuture last = connected.awaitUninterruptibly();
        if (connected.isSuccess()) {
            last = connected.channel().writeAndFlush(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
            last.awaitUninterruptibly(SEND_TIMEOUT_MILLIS);
        }
        if (!last.isSuccess()) {
            LOG.warn("{} could not be told {}: {}", socket, message.replace('\n', ' '), String.valueOf(last.cause()));
        }
        connected.channel().close();
    }
}
