package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a real socket, as the short way is the socket's own. */
class SendingTest {
    private MultiThreadIoEventLoopGroup group;
    private Channel channel;
    private Socket peer;
    private Sending sending;

    @BeforeEach
    void connect() throws Exception {
        assumeTrue(Epoll.isAvailable(), "epoll is Linux's");
        open(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()), EpollSocketChannel.class);
    }

    private void open(MultiThreadIoEventLoopGroup loops, Class<? extends Channel> kind) throws Exception {
        group = loops;
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(8192);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            channel = new Bootstrap()
                    .group(loops)
                    .channel(kind)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            peer = server.accept();
            peer.setSoTimeout(10_000);
        }
        sending = new Sending(channel);
    }

    @AfterEach
    void close() throws IOException {
        if (group != null) {
            peer.close();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        return channel.eventLoop().submit(work).get(10, TimeUnit.SECONDS);
    }

    private static ByteBuf text(String text) {
        return Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private String read(int bytes) throws IOException {
        return new String(peer.getInputStream().readNBytes(bytes), StandardCharsets.US_ASCII);
    }

    private long queued() {
        return channel.unsafe().outboundBuffer().totalPendingWriteBytes();
    }

    @Test
    void flush_oneBuffer_goesToTheSocketWithoutTheQueue() throws Exception {
        ByteBuf bytes = text("head and body");
        long queuedBeforeFlush = onLoop(() -> {
            sending.write(bytes);
            long before = queued();
            sending.flush();
            return before;
        });
        assertThat(read(13)).isEqualTo("head and body");
        assertThat(queuedBeforeFlush).isZero();
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void write_withoutFlush_sendsNothing() throws Exception {
        onLoop(() -> {
            sending.write(text("early"));
            return null;
        });
        onLoop(() -> null);
        assertThat(peer.getInputStream().available()).isZero();
    }

    @Test
    void flush_mixedBuffers_inOrder() throws Exception {
        onLoop(() -> {
            sending.write(text("one "));
            sending.write(Unpooled.wrappedBuffer(text("two "), text("three ")));
            sending.write(text("four "));
            sending.flush();
            sending.write(text("five"));
            sending.flush();
            sending.flush();
            return null;
        });
        assertThat(read(23)).isEqualTo("one two three four five");
    }

    @Test
    void finish_somethingWaits_goesFirst() throws Exception {
        ChannelFuture done = onLoop(() -> {
            sending.write(text("last words"));
            return sending.finish();
        });
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(done.isSuccess()).isTrue();
        assertThat(read(10)).isEqualTo("last words");
    }

    @Test
    void flush_channelClosed_releasesAndWritesToNobody() throws Exception {
        ByteBuf waiting = text("too late");
        ByteBuf later = text("later still");
        onLoop(() -> {
            sending.write(waiting);
            channel.close();
            sending.flush();
            sending.write(later);
            sending.flush();
            return null;
        });
        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(List.of(waiting.refCnt(), later.refCnt())).containsOnly(0);
    }

    @Test
    void closed_somethingWaits_isReleased() throws Exception {
        ByteBuf waiting = text("never flushed");
        onLoop(() -> {
            sending.write(waiting);
            sending.closed();
            return null;
        });
        assertThat(waiting.refCnt()).isZero();
    }

    @Test
    void flush_peerHasReset_channelClosesAndBufferIsReleased() throws Exception {
        peer.setSoLinger(true, 0);
        peer.close();
        List<ByteBuf> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ByteBuf bytes = text("to nobody");
            all.add(bytes);
            onLoop(() -> {
                sending.write(bytes);
                sending.flush();
                return null;
            });
        }
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(all).allMatch(bytes -> bytes.refCnt() == 0);
    }

    /** A peer that reads late: parts of buffers, whole ones and queued ones in every order, and not a byte is lost or doubled. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void flush_slowPeer_everyByteInOrder(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] expected = new byte[6 << 20];
        random.nextBytes(expected);
        onLoop(() -> {
            int at = 0;
            while (at < expected.length) {
                int size =
                        Math.min(expected.length - at, 1 + random.nextInt(random.nextInt(10) == 0 ? 600_000 : 20_000));
                ByteBuf bytes = random.nextBoolean()
                        ? Unpooled.directBuffer(size).writeBytes(expected, at, size)
                        : Unpooled.wrappedBuffer(expected, at, size);
                sending.write(bytes);
                at += size;
                if (random.nextInt(3) > 0) {
                    sending.flush();
                }
            }
            sending.flush();
            return null;
        });
        assertThat(peer.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
        assertThat(onLoop(this::queued)).isZero();
    }

    @Test
    void flush_transportWithoutDirectWrites_sendsThroughTheQueue() throws Exception {
        close();
        open(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()), NioSocketChannel.class);
        onLoop(() -> {
            sending.write(text("portable"));
            sending.flush();
            return null;
        });
        assertThat(read(8)).isEqualTo("portable");
    }
}
