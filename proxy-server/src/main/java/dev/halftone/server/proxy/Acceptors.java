package dev.halftone.server.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The listening sockets of one listener: on epoll one for each event loop, among which the kernel spreads connections; on NIO
 * one. The first is bound and listens alone, as any program's would, so that an address in use is refused even if whoever uses
 * it shares it; only then is it opened to its siblings. Any thread but an event loop.
 */
final class Acceptors {
    private static final int BACKLOG = 4096;
    /** Netty's own is 1: a burst would then wait for as many rounds of the loop as it has connections. */
    private static final int ACCEPTS_PER_ROUND = 64;

    private final List<Acceptor> all = new ArrayList<>();

    private Acceptors() {}

    /** @throws IOException with the listener, its address and the cause, in one line; nothing is left open */
    static Acceptors bind(ListenerState listener, List<LoopContext> loops, Class<? extends ServerChannel> type)
            throws IOException {
        boolean each = type == EpollServerSocketChannel.class;
        ReflectiveChannelFactory<? extends ServerChannel> factory = new ReflectiveChannelFactory<>(type);
        Acceptors acceptors = new Acceptors();
        InetSocketAddress address = listener.settings().address();
        try {
            for (LoopContext loop : each ? loops : loops.subList(0, 1)) {
                boolean first = acceptors.all.isEmpty();
                acceptors.add(new Acceptor(listener, loop, loops, factory.newChannel()), address, !first);
                if (first && each) {
                    address = acceptors.address();
                    acceptors.all.get(0).channel().config().setOption(UnixChannelOption.SO_REUSEPORT, true);
                }
            }
        } catch (IOException e) {
            acceptors.closeNow();
            throw e;
        }
        return acceptors;
    }

    private void add(Acceptor acceptor, InetSocketAddress address, boolean sharesPort) throws IOException {
        Channel channel = acceptor.channel();
        ServerChannelRecvByteBufAllocator accepts = new ServerChannelRecvByteBufAllocator();
        accepts.respectMaybeMoreData(false).maxMessagesPerRead(ACCEPTS_PER_ROUND);
        channel.config().setRecvByteBufAllocator(accepts);
        channel.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        if (sharesPort) {
            channel.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
        }
        channel.pipeline().addLast(acceptor);
        ChannelFuture bound = acceptor.loop().register(channel).awaitUninterruptibly();
        if (bound.isSuccess()) {
            bound = channel.bind(address).awaitUninterruptibly();
        }
        Throwable cause = bound.cause();
        if (cause != null) {
            channel.close().awaitUninterruptibly();
            throw new IOException(acceptor.cannotListen(address, cause), cause);
        }
        all.add(acceptor);
    }

    /** Where it is bound; tells the port where 0 was asked for. */
    InetSocketAddress address() {
        return (InetSocketAddress) all.get(0).channel().localAddress();
    }

    /** Accepts what the kernel has queued, then closes. */
    CompletableFuture<Void> stop() {
        return CompletableFuture.allOf(all.stream().map(Acceptor::stop).toArray(CompletableFuture[]::new));
    }

    void closeNow() {
        all.forEach(acceptor -> acceptor.channel().close().awaitUninterruptibly());
    }
}
