package dev.halftone.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.condition.OS.LINUX;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(LINUX)
class ServiceNoticeTest {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @Test
    void messages_areTheProtocolsWords(@TempDir Path folder) throws Exception {
        String socket = folder.resolve("notify").toString();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                            received.add(packet.content().toString(StandardCharsets.UTF_8));
                        }
                    })
                    .bind(new DomainSocketAddress(socket))
                    .sync();
            ServiceNotice notice = new ServiceNotice(socket);
            notice.ready();
            assertThat(next()).isEqualTo("READY=1");
            notice.reloading(12_345_678_999L);
            assertThat(next()).isEqualTo("RELOADING=1\nMONOTONIC_USEC=12345678");
            notice.ready();
            assertThat(next()).isEqualTo("READY=1");
            notice.stopping();
            assertThat(next()).isEqualTo("STOPPING=1");
        } finally {
            group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private String next() throws InterruptedException {
        return String.valueOf(received.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void messages_nobodyListens_doNoHarm(@TempDir Path folder) {
        ServiceNotice gone = new ServiceNotice(folder.resolve("gone").toString());
        assertThatCode(gone::ready).doesNotThrowAnyException();
        assertThatCode(new ServiceNotice(null)::stopping).doesNotThrowAnyException();
        assertThatCode(new ServiceNotice("@abstract")::stopping).doesNotThrowAnyException();
    }
}
