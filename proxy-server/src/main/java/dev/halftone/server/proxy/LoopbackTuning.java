package dev.halftone.server.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that never leave this machine use the simplest congestion control, Reno: there is no path to probe, and one that
 * paces (BBR, the system-wide choice of many servers) arms a timer and works out a rate for each segment. Connections to
 * other machines keep what the system chose. Any thread.
 */
final class LoopbackTuning {
    private static final Logger LOG = LoggerFactory.getLogger(LoopbackTuning.class);
    private static final byte[] RENO = "reno".getBytes(StandardCharsets.US_ASCII);
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_CONGESTION = 13;
    private static final ChannelOption<ByteBuffer> CONGESTION =
            new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, RENO.length);
    private static final AtomicBoolean REFUSED = new AtomicBoolean();

    private LoopbackTuning() {}

    /** To be called when the connection is established. */
    static void apply(Channel channel) {
        if (channel instanceof EpollSocketChannel && isLoopback(channel.remoteAddress()) && !REFUSED.get()) {
            try {
                channel.config().setOption(CONGESTION, ByteBuffer.wrap(RENO));
            } catch (ChannelException e) {
                if (!REFUSED.getAndSet(true)) {
                    LOG.info("loopback connections keep the system's congestion control: {}", e.getMessage());
                }
            }
        }
    }

    private static boolean isLoopback(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && inet.getAddress() != null
                && inet.getAddress().isLoopbackAddress();
    }
}
