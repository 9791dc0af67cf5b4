package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many connections, too many of them, and slow ones. */
@Tag("alone")
class ScaleIT {
    private static final String OK = "location / { return 200 ok; }";
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    Path folder;

    private static Halftone serve(Path folder, int upstream, String listener) throws IOException {
        return Halftone.serve(folder, Halftone.yaml(upstream, upstream, 0, listener, ""));
    }

    /** Connections of one request each, opened one after another by some threads. */
    private static final class Connects implements AutoCloseable {
        private final AtomicBoolean running = new AtomicBoolean(true);
        private final AtomicLong answered = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final List<Thread> threads = new ArrayList<>();

        Connects(int port, int count) {
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> connect(port));
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }

        private void connect(int port) {
            while (running.get()) {
                try (Wire wire = new Wire(port)) {
                    boolean good = wire.send(REQUEST).readResponse().startsWith("HTTP/1.1 200");
                    (good ? answered : lost).incrementAndGet();
                } catch (IOException e) {
                    lost.incrementAndGet();
                }
            }
        }

        void await() throws InterruptedException {
            close();
            for (Thread thread : threads) {
                thread.join();
            }
        }

        @Override
        public void close() {
            running.set(false);
        }
    }

    @Test
    void reload_underConstantConnects_losesNone() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = serve(folder, nginx.port(), "")) {
            String yaml = Files.readString(folder.resolve("halftone.yaml"));
            String more = yaml.replace("upstreams:", "  - {name: more, address: \"127.0.0.1:0\"}\nupstreams:");
            try (Connects connects = new Connects(halftone.web(), 8)) {
                for (int i = 1; i <= 6; i++) {
                    int ratio = i;
                    Files.writeString(
                            folder.resolve("halftone.yaml"),
                            (i % 2 == 0 ? yaml : more).replace("ratio: 0", "ratio: " + i));
                    halftone.signal("HUP");
                    Awaitility.await()
                            .pollInterval(Duration.ofMillis(50))
                            .until(() -> halftone.route().get("ratio").asInt() == ratio);
                }
                connects.await();
                System.out.printf("measured: %d connections over 6 reloads, none lost%n", connects.answered.get());
                assertThat(connects.answered.get()).isGreaterThan(100);
                assertThat(connects.lost.get()).isZero();
            }
        }
    }

    @Test
    void sigterm_connectionsWithARequest_areAllAnswered() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = serve(folder, nginx.port(), "")) {
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                wires.add(new Wire(halftone.web()).send(REQUEST));
            }
            halftone.signal("TERM");
            for (Wire wire : wires) {
                assertThat(wire.readResponse()).startsWith("HTTP/1.1 200");
                wire.close();
            }
            assertThat(halftone.exitStatus(10)).isZero();
        }
    }

    @Test
    void secondProxy_onTheSamePort_isRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = serve(folder, nginx.port(), "")) {
            Files.writeString(
                    other.resolve("halftone.yaml"),
                    Halftone.yaml(nginx.port(), nginx.port(), 0)
                            .replace(
                                    "name: web, address: \"127.0.0.1:0\"",
                                    "name: web, address: \"127.0.0.1:" + halftone.web() + "\""));
            Halftone.Ended second = Halftone.run(other, "serve", "-c", "halftone.yaml");
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.err())
                    .contains("listener web: cannot listen on 127.0.0.1:" + halftone.web())
                    .contains("in use");
        }
    }

    @Test
    void connectionsPerClient_beyond_areRefusedAndCounted() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = serve(folder, nginx.port(), ", limits: {connectionsPerClient: 3}")) {
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Wire wire = new Wire(halftone.web());
                assertThat(wire.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
                wires.add(wire);
            }
            assertThat(isRefused(halftone.web())).isTrue();
            assertThat(halftone.metrics())
                    .contains("halftone_connections_refused_total{listener=\"web\",reason=\"perClient\"} 1.0")
                    .contains("halftone_connections_refused_total{listener=\"web\",reason=\"limit\"} 0.0");
            assertThat(halftone.log()).contains("limits.connectionsPerClient is 3");
            wires.get(0).close();
            Awaitility.await().until(() -> !isRefused(halftone.web()));
            Files.writeString(
                    folder.resolve("halftone.yaml"),
                    Files.readString(folder.resolve("halftone.yaml"))
                            .replace("limits:", "trustedProxies: [127.0.0.0/8], limits:"));
            halftone.signal("HUP");
            Awaitility.await().until(() -> halftone.log().contains("reloaded"));
            for (int i = 0; i < 10; i++) {
                Wire wire = new Wire(halftone.web());
                assertThat(wire.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
                wires.add(wire);
            }
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static boolean isRefused(int port) throws IOException {
        try (Wire wire = new Wire(port)) {
            return !wire.send(REQUEST).readResponse().startsWith("HTTP/1.1 200");
        } catch (SocketException e) {
            return true;
        } catch (IOException e) {
            assertThat(e).hasMessage("closed after: ");
            return true;
        }
    }

    @Test
    void connections_nearTheLimit_longestIdleMakeRoom() throws Exception {
        try (ServerSocket slow = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(
                        folder,
                        // Each loop closes those of its own that are idle for longest; there is one here, so they are
                        // known.
                        Halftone.yaml(nginx.port(), slow.getLocalPort(), 100, ", limits: {connections: 40}", "")
                                .replace("version: 1\n", "version: 1\neventLoops: 1\n")
                                .replace("upstream: shop-v2", "upstream: shop-v2\n      onMissingKey: stable"))) {
            Wire busy = new Wire(halftone.web());
            busy.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\n\r\n");
            List<Wire> idle = new ArrayList<>();
            for (int i = 0; i < 37; i++) {
                Wire wire = new Wire(halftone.web());
                assertThat(wire.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
                idle.add(wire);
            }
            for (int i = 0; i < 10; i++) {
                Wire next = new Wire(halftone.web());
                idle.add(next);
                assertThat(next.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
                // Room for two is kept, and made within a second of idleness.
                Awaitility.await().pollInterval(Duration.ofMillis(20)).until(() -> open(halftone) <= 38);
            }
            assertThat(halftone.metrics())
                    .contains("halftone_connections_refused_total{listener=\"web\",reason=\"limit\"} 0.0");
            assertThat(halftone.log()).contains("idle connections closed to make room");
            assertThat(idle.get(0).socket().getInputStream().read()).isEqualTo(-1);
            assertThat(idle.get(idle.size() - 1).send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
            assertThat(busy.readHead()).as("upstream's response timeout").startsWith("HTTP/1.1 504");
        }
    }

    @Test
    void descriptors_runOut_openConnectionsAreServedAndNewOnesWait() throws Exception {
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serveWithFiles(
                        150, folder, Halftone.yaml(nginx.port(), nginx.port(), 0, ", timeouts: {head: 3s}", ""))) {
            assertThat(halftone.log())
                    .contains("this process may open 150 files")
                    .contains("LimitNOFILE");
            halftone.metrics();
            List<Wire> busy = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                busy.add(new Wire(halftone.web()));
            }
            askEach(busy);
            List<Socket> flood = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                flood.add(new Socket(InetAddress.getLoopbackAddress(), halftone.web()));
            }
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> askEach(busy) && halftone.log().contains("no file descriptor is left (limit 150)"));
            for (int i = 0; i < 50; i++) {
                askEach(busy);
            }
            assertThat(halftone.metrics())
                    .doesNotContain(
                            "halftone_connections_refused_total{listener=\"web\",reason=\"fileDescriptors\"} 0.0")
                    .doesNotContain("halftone_upstream_errors_total{");
            for (Socket socket : flood) {
                socket.close();
            }
            Awaitility.await().until(() -> askEach(busy) && !isRefused(halftone.web()));
            Awaitility.await().until(() -> askEach(busy) && halftone.log().contains("file descriptors are free again"));
            assertThat(askEach(busy)).isTrue();
        }
    }

    private static double open(Halftone halftone) throws Exception {
        String line = "halftone_connections{listener=\"web\"} ";
        String page = halftone.metrics();
        int at = page.indexOf(line) + line.length();
        return Double.parseDouble(page.substring(at, page.indexOf('\n', at)));
    }

    private static boolean askEach(List<Wire> wires) throws IOException {
        for (Wire wire : wires) {
            assertThat(wire.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
        }
        return true;
    }

    @Test
    void descriptors_runOutForUpstreams_503AndTheReleaseIsNotBlamed() throws Exception {
        try (ServerSocket canary = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serveWithFiles(
                        150,
                        folder,
                        Halftone.yaml(nginx.port(), canary.getLocalPort(), 100) + "accessLog: {path: access.log}\n")) {
            halftone.metrics();
            Wire wire = new Wire(halftone.web());
            assertThat(wire.send(REQUEST).readResponse()).startsWith("HTTP/1.1 200");
            List<Socket> flood = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                flood.add(new Socket(InetAddress.getLoopbackAddress(), halftone.web()));
            }
            Awaitility.await().until(() -> halftone.log().contains("no file descriptor is left"));
            // No connection to the canary is open, and none can be.
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\n\r\n")
                            .readResponse())
                    .startsWith("HTTP/1.1 503")
                    .contains("the proxy is busy");
            assertThat(halftone.metrics()).doesNotContain("halftone_upstream_errors_total{");
            assertThat(halftone.route().path("canary").path("errors").asInt()).isZero();
            Awaitility.await()
                    .until(() ->
                            Files.readString(folder.resolve("access.log")).contains("\"error\":\"proxyExhausted\""));
            for (Socket socket : flood) {
                socket.close();
            }
            wire.close();
        }
    }

    @Test
    void headAndBody_trickling_areCutThoughNeverSilent() throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Halftone halftone = serve(
                        folder,
                        upstream.getLocalPort(),
                        ", timeouts: {head: 1s, body: 1s}, limits: {minBodyRate: 100}");
                Wire slowHead = new Wire(halftone.web());
                Wire slow = new Wire(halftone.web());
                Wire steady = new Wire(halftone.web())) {
            String head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n";
            slow.send(head);
            slowHead.send("GET / HTTP/1.1\r\nX: ");
            steady.send(head);
            AtomicBoolean headCut = new AtomicBoolean();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(100))
                    .atMost(Duration.ofSeconds(9))
                    .until(() -> {
                        steady.send("x".repeat(50));
                        slow.send("x");
                        if (slowHead.socket().getInputStream().available() > 0) {
                            headCut.set(true);
                        } else {
                            slowHead.send("x");
                        }
                        return slow.socket().getInputStream().available() > 0 && headCut.get();
                    });
            assertThat(slow.readHead()).startsWith("HTTP/1.1 408");
            assertThat(slowHead.readHead()).startsWith("HTTP/1.1 408");
            assertThat(steady.socket().getInputStream().available()).isZero();
        }
    }

    /** Reads a long answer, so much in each tenth of a second; true if it was reset before the end of the time. */
    private static boolean isReset(int port, int bytesPerRead, Duration most) throws Exception {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(1 << 14);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.ISO_8859_1));
            AtomicBoolean reset = new AtomicBoolean();
            long end = System.nanoTime() + most.toNanos();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(100))
                    .atMost(most.plusSeconds(10))
                    .until(() -> {
                        try {
                            // What came before a reset is lost with it, so that a read tells at once.
                            reset.set(socket.getInputStream().readNBytes(bytesPerRead).length < bytesPerRead);
                        } catch (SocketException e) {
                            reset.set(true);
                        }
                        return reset.get() || System.nanoTime() - end > 0;
                    });
            return reset.get();
        }
    }

    @Test
    void reader_tooSlow_isResetThoughItReads() throws Exception {
        Path file = folder.resolve("big");
        try (var big = new java.io.RandomAccessFile(file.toFile(), "rw")) {
            big.setLength(1L << 30);
        }
        folder.toFile().setExecutable(true, false);
        folder.toFile().setReadable(true, false);
        file.toFile().setReadable(true, false);
        try (Nginx nginx = Nginx.start(folder, "location / { root " + folder + "; try_files /big =404; }");
                Halftone halftone =
                        serve(folder, nginx.port(), ", timeouts: {write: 1s}, limits: {minSendRate: 1MiB}")) {
            assertThat(isReset(halftone.web(), 1000, Duration.ofSeconds(10))).isTrue();
            assertThat(isReset(halftone.web(), 1 << 20, Duration.ofSeconds(4))).isFalse();
        }
    }

    private static long kiB(long pid, String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + field);
    }

    /** The heap is all resident from the start, so that what grows lies outside of it; and it is small enough to tell. */
    @Test
    void connections_tenThousandIdle_takeLittleMemory() throws Exception {
        ByteBuffer request = ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.ISO_8859_1));
        List<SocketChannel> idle = new ArrayList<>();
        try (Nginx nginx = Nginx.start(folder, OK);
                Halftone halftone = Halftone.serve(
                        folder,
                        Halftone.yaml(nginx.port(), nginx.port(), 0),
                        "-Xms56m",
                        "-Xmx56m",
                        "-XX:+AlwaysPreTouch")) {
            long before = kiB(halftone.pid(), "VmRSS:");
            ByteBuffer answer = ByteBuffer.allocate(4096);
            for (int i = 0; i < 9_000; i++) {
                SocketChannel channel =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), halftone.web()));
                idle.add(channel);
                channel.write(request.rewind());
                channel.read(answer.clear());
            }
            long grown = kiB(halftone.pid(), "VmRSS:") - before;
            System.out.printf(
                    "measured: 9000 idle connections within a heap of 56 MiB, %.1f KiB each outside of it%n",
                    grown / 9000.0);
            assertThat(halftone.metrics()).contains("halftone_connections{listener=\"web\"} 9000.0");
            assertThat(grown / 9000.0).isLessThan(3.5);
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
    }
}
