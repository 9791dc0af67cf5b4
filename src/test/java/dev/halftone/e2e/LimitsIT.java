package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much and how long: every limit and every time of the data plane, set small. */
class LimitsIT {
    private static final String TIGHT =
            ", timeouts: {head: 1s, body: 1s, idle: 1s, write: 1s}, limits: {requestLine: 1KiB,"
                    + " headers: 4KiB, headerCount: 20, body: 100KiB, requestsPerConnection: 5}";

    @TempDir
    static Path folder;

    private static Rig rig;
    private static ServerSocket full;
    private static final List<Socket> FILLING = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        fill();
        rig = Rig.start(
                folder,
                new Rig.Additions(
                        TIGHT,
                        ", timeouts: {response: 1s}",
                        "",
                        "  - {name: full, endpoints: [{address: \"127.0.0.1:" + full.getLocalPort()
                                + "\"}], timeouts: {connect: 500ms}}\n",
                        "  - {name: full, match: {path: {prefix: /full}}, stable: full}\n"));
    }

    /** Until its queue takes no more: then a connection to it hangs, as one to a machine that is gone. */
    private static void fill() throws IOException {
        boolean taken = true;
        while (taken && FILLING.size() < 64) {
            Socket socket = new Socket();
            FILLING.add(socket);
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()), 200);
            } catch (SocketTimeoutException e) {
                taken = false;
            }
        }
        assertThat(taken).isFalse();
    }

    @AfterAll
    static void stop() throws IOException {
        for (Socket socket : FILLING) {
            socket.close();
        }
        full.close();
        rig.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    private static void pass(Duration time) {
        Awaitility.await().pollDelay(time).until(() -> true);
    }

    // ---- how much ----

    @Test
    void rfc9112_3_requestLineBeyondItsLimit_is414AndCloses() throws IOException {
        rig.refuses(get("/" + "x".repeat(1100)), 414);
        rig.refuses("GET /" + "x".repeat(1100), 414);
        String longest = "/" + "x".repeat(1024 - "GET / HTTP/1.1".length());
        assertThat(rig.seen(get(longest))).startsWith("GET " + longest + " HTTP/1.1\r\n");
    }

    @Test
    void rfc6585_5_headersBeyondTheirLimits_are431AndClose() throws IOException {
        rig.refuses("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(5000) + "\r\n\r\n", 431);
        rig.refuses("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(5000), 431);
        rig.refuses("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n".repeat(20) + "\r\n", 431);
        rig.refuses("GET / HTTP/1.1\r\nHost: a\r\n" + "X".repeat(5000) + ": 1\r\n\r\n", 431);
        assertThat(rig.seen("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n".repeat(19) + "\r\n"))
                .contains("X: 1\r\n".repeat(19));
    }

    @Test
    void rfc9110_15_5_14_bodyBeyondItsLimit_is413AndCloses() throws IOException {
        rig.refuses("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 102401\r\n\r\n", 413);
        String path = Rig.newPath();
        rig.fence();
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n19001\r\n");
            rig.awaitVisit(path);
            assertThat(wire.send("x".repeat(102_401)).readAll())
                    .startsWith("HTTP/1.1 413 ")
                    .contains("\r\nConnection: close\r\n");
        }
        rig.awaitEnd(rig.stage().visits(path).get(0).connection(), "reset");
        rig.assertNotPooled(path);
        assertThat(rig.seen("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 102400\r\n\r\n" + "x".repeat(102_400)))
                .endsWith("x".repeat(102_400));
    }

    @Test
    void rfc9112_9_6_theLastRequestAConnectionMaySend_isAnsweredWithClose() throws IOException {
        try (Wire wire = rig.wire()) {
            for (int i = 1; i <= 5; i++) {
                String answer = wire.send(get("/n" + i)).readResponse();
                assertThat(answer).startsWith("HTTP/1.1 200");
                assertThat(answer.contains("\r\nConnection: close\r\n")).isEqualTo(i == 5);
            }
            assertThat(wire.readAll()).isEmpty();
        }
    }

    // ---- how long ----

    @ParameterizedTest(name = "RFC 9110 15.5.9: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            within the request line | GET / HT
            within a field          | GET / HTTP/1.1~Ho
            before the empty line   | GET / HTTP/1.1~Host: a~
            an empty line alone     | ~
            """)
    void rfc9110_15_5_9_headThatDoesNotArrive_is408AndCloses(String what, String part) throws IOException {
        rig.refuses(Rig.bytes(part), 408);
    }

    @Test
    void rfc9110_15_5_9_headThatTrickles_is408AllTheSame() throws IOException {
        try (Wire wire = rig.wire()) {
            wire.send(get("/first"));
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 200");
            wire.send("GET / HTTP/1.1\r\n");
            for (int i = 0; i < 3; i++) {
                pass(Duration.ofMillis(300));
                wire.send("X: 1\r\n");
            }
            assertThat(wire.readAll()).startsWith("HTTP/1.1 408 ").contains("\r\nConnection: close\r\n");
        }
    }

    @ParameterizedTest(name = "RFC 9110 15.5.9: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            length  | Content-Length: 10~~abc
            nothing | Content-Length: 10~~
            chunked | Transfer-Encoding: chunked~~5~hel
            """)
    void rfc9110_15_5_9_bodyThatFallsSilent_is408AndTheUpstreamIsReset(String what, String rest) throws IOException {
        String path = Rig.newPath();
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(Rig.bytes("POST " + path + " HTTP/1.1~Host: a~" + rest))
                            .readAll())
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\r\nConnection: close\r\n");
        }
        rig.awaitEnd(rig.stage().visits(path).get(0).connection(), "reset");
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9110_15_5_9_bodyThatGoesOn_mayTakeLonger() throws IOException {
        try (Wire wire = rig.wire()) {
            wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
            for (int i = 0; i < 4; i++) {
                pass(Duration.ofMillis(400));
                wire.send("x");
            }
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nxxxx");
        }
    }

    @Test
    void rfc9112_9_5_connectionThatIsIdle_isClosedWithoutAWord() throws IOException {
        try (Wire silent = rig.wire();
                Wire served = rig.wire()) {
            long start = System.nanoTime();
            assertThat(served.send(get("/x")).readResponse()).startsWith("HTTP/1.1 200");
            assertThat(served.readAll()).isEmpty();
            assertThat(silent.readAll()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(4));
        }
    }

    @Test
    void rfc9112_9_5_clientThatTakesNothing_isReset() throws IOException {
        String path = Rig.newPath();
        byte[] block = new byte[1 << 16];
        rig.stage().on(path, visit -> {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: " + (1L << 40) + "\r\n\r\n");
            while (true) {
                visit.socket().getOutputStream().write(block);
            }
        });
        try (Wire wire = rig.wire()) {
            wire.send(get(path)).readHead();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> !rig.stage()
                            .end(rig.stage().visits(path).get(0).connection())
                            .equals("open"));
            assertThatThrownBy(() -> wire.socket().getInputStream().transferTo(java.io.OutputStream.nullOutputStream()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void rfc9110_15_6_5_connectionThatDoesNotOpen_is504() throws IOException {
        try (Wire wire = rig.wire()) {
            long start = System.nanoTime();
            assertThat(wire.send(get("/full")).readResponse()).startsWith("HTTP/1.1 504 ");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(450), Duration.ofSeconds(4));
        }
    }

    @Test
    void rfc9110_15_6_5_upstreamThatIsSilentBeforeItsHead_is504() throws Exception {
        String path = Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        rig.stage().on(path, visit -> end.await());
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readResponse()).startsWith("HTTP/1.1 504 ");
        } finally {
            end.countDown();
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9112_8_upstreamThatIsSilentWithinItsBody_cutsTheClient() throws Exception {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readAll())
                    .startsWith("HTTP/1.1 200")
                    .endsWith("half");
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9110_15_6_5_upstreamThatGoesOn_mayTakeLonger() throws Exception {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            for (int i = 0; i < 4; i++) {
                pass(Duration.ofMillis(400));
                visit.write("x");
            }
        });
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readResponse()).endsWith("\r\n\r\nxxxx");
        }
    }

    @Test
    void rfc9110_10_1_1_upstreamThatNeitherContinuesNorAnswers_is504() throws Exception {
        String path = Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        rig.stage().on(path, visit -> end.await());
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(wire.readAll()).startsWith("HTTP/1.1 504 ").contains("\r\nConnection: close\r\n");
        } finally {
            end.countDown();
        }
        rig.assertNotPooled(path);
    }
}
