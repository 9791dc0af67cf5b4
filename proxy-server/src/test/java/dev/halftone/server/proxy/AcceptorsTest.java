package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import dev.halftone.server.tracing.Tracing;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptorsTest {
    private static final int LOOPS = 2;

    private final List<LoopContext> loops = new ArrayList<>();
    private MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private Class<? extends ServerChannel> type = NioServerSocketChannel.class;
    private DataPlane plane = plane(false);

    private static DataPlane plane(boolean epoll) {
        return new DataPlane(
                new ActiveRouting(new RoutingTable(List.of())),
                System::nanoTime,
                epoll ? EpollSocketChannel.class : NioSocketChannel.class,
                io.netty.resolver.DefaultAddressResolverGroup.INSTANCE,
                LOOPS,
                AccessLog.off(),
                Tracing.off());
    }

    private void start(boolean epoll) {
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        group = new MultiThreadIoEventLoopGroup(LOOPS, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        plane = plane(epoll);
        OutcomeWindow window = new OutcomeWindow();
        for (EventExecutor loop : group) {
            loops.add(new LoopContext((EventLoop) loop, plane, window.newShard(), new SplittableRandom(1)));
        }
    }

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private ListenerState listener(int port) {
        Duration time = Duration.ofSeconds(10);
        return new ListenerState(
                new Settings.Listener(
                        "web",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        List.of(),
                        time,
                        time,
                        time,
                        time,
                        8192,
                        8192,
                        100,
                        -1,
                        1000,
                        -1,
                        0,
                        0,
                        1000,
                        false),
                plane);
    }

    private int clients(int loop) {
        return loops.get(loop).clients().get();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connections_overTwoLoops_areSpreadEvenly(boolean epoll) throws Exception {
        start(epoll);
        Acceptors acceptors = Acceptors.bind(listener(0), loops, type);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            sockets.add(new Socket(
                    acceptors.address().getAddress(), acceptors.address().getPort()));
        }
        Awaitility.await().until(() -> clients(0) + clients(1) == 64);
        // Both may take one at the same moment, neither yet knowing of the other's.
        assertThat(clients(0)).isBetween(30, 34);
        for (Socket socket : sockets) {
            socket.close();
        }
        Awaitility.await().until(() -> clients(0) + clients(1) == 0);
        acceptors.stop().get(5, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bind_addressInUse_isRefusedThoughTheUserShares(boolean epoll) throws Exception {
        start(epoll);
        Acceptors acceptors = Acceptors.bind(listener(0), loops, type);
        int port = acceptors.address().getPort();
        assertThatThrownBy(() -> Acceptors.bind(listener(port), loops, type))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("listener web: cannot listen on localhost:" + port)
                .hasMessageContaining("in use");
        acceptors.stop().get(5, TimeUnit.SECONDS);
        // Java's selector lets a closed socket go when it looks the next time.
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
            Acceptors.bind(listener(port), loops, type).closeNow();
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stop_connectionsInTheQueue_areAccepted(boolean epoll) throws Exception {
        start(epoll);
        ListenerState listener = listener(0);
        Acceptors acceptors = Acceptors.bind(listener, loops, type);
        List<Socket> sockets = new ArrayList<>();
        // The loops are busy, so that the kernel queues what connects.
        for (LoopContext loop : loops) {
            loop.loop()
                    .execute(() -> Awaitility.await().pollDelay(Duration.ZERO).until(() -> sockets.size() == 100));
        }
        List<Socket> opened = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            opened.add(new Socket(
                    acceptors.address().getAddress(), acceptors.address().getPort()));
        }
        var stopped = acceptors.stop();
        sockets.addAll(opened);
        stopped.get(5, TimeUnit.SECONDS);
        assertThat(listener.openCount()).isEqualTo(100);
        for (Socket socket : opened) {
            socket.close();
        }
    }
}
