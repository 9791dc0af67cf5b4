package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients and upstreams see on the wire of the packaged program. */
class WireIT {
    private static final String ECHO =
            "location / { return 200 \"for=$http_x_forwarded_for proto=$http_x_forwarded_proto"
                    + " host=$http_x_forwarded_host via=$http_via id=$http_x_request_id trace=$http_traceparent"
                    + " h=$http_host spoof=$http_x_halftone_route conn=$http_connection secret=$http_x_secret uri=$request_uri\"; }";
    private static final String TIGHT =
            ", timeouts: {head: 1s, body: 1s, idle: 5s}, limits: {requestLine: 1KiB, headers: 4KiB, headerCount: 20, body: 100KiB}";

    @TempDir
    Path folder;

    private Halftone serve(int stable) throws IOException {
        return Halftone.serve(folder, Halftone.yaml(stable, stable, 0, TIGHT, ""));
    }

    @Test
    void forwarding_headers_areRewrittenFromWhatIsTrusted() throws Exception {
        try (Nginx nginx = Nginx.start(folder, ECHO);
                Halftone halftone = serve(nginx.port());
                Wire wire = new Wire(halftone.web())) {
            String response = wire.send("GET /a/../b?x=%2F HTTP/1.1\r\nHost: shop:81\r\nX-Forwarded-For: 6.6.6.6\r\n"
                            + "X-Halftone-Route: evil\r\nConnection: X-Secret, X-Forwarded-For\r\nX-Secret: 1\r\n"
                            + "X-Request-Id: given-1\r\n\r\n")
                    .readResponse();
            assertThat(response)
                    .contains("for=127.0.0.1 proto=http host=shop:81 via=1.1 halftone id=given-1 trace=00-")
                    .contains("h=shop:81 spoof=shop conn= secret= uri=/a/../b?x=%2F");
        }
    }

    @Test
    void forwarding_trustedProxy_isBelieved() throws Exception {
        try (Nginx nginx = Nginx.start(folder, ECHO);
                Halftone halftone = Halftone.serve(
                        folder, Halftone.yaml(nginx.port(), nginx.port(), 0, ", trustedProxies: [127.0.0.0/8]", ""));
                Wire wire = new Wire(halftone.web())) {
            assertThat(wire.send(
                                    "GET / HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n")
                            .readResponse())
                    .contains("for=6.6.6.6, 127.0.0.1 proto=https host=shop");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/1.1~~                                                            | 400
            GET / HTTP/1.1~Host: a~Host: b~~                                            | 400
            GET / HTTP/1.1~Host: a b~~                                                  | 400
            POST / HTTP/1.1~Host: a~Content-Length: 3~Transfer-Encoding: chunked~~0~~   | 400
            POST / HTTP/1.1~Host: a~Content-Length: 3~Content-Length: 4~~abcd           | 400
            POST / HTTP/1.1~Host: a~Content-Length: -3~~                                | 400
            POST / HTTP/1.1~Host: a~Transfer-Encoding: gzip~~                           | 501
            POST / HTTP/1.0~Host: a~Transfer-Encoding: chunked~~0~~                     | 400
            GET /%2e%2e/ HTTP/1.1~Host: a~~                                             | 400
            GET /a%00b HTTP/1.1~Host: a~~                                               | 400
            GET http://b/ HTTP/1.1~Host: a~~                                            | 400
            TRACE / HTTP/1.1~Host: a~~                                                  | 405
            GET / HTTP/3.0~Host: a~~                                                    | 505
            GET / HTTP/1.1~Host: a~Expect: tea~~                                        | 417
            POST / HTTP/1.1~Host: a~Content-Length: 1000000~~                           | 413
            GET / HTTP/1.1~Host : a~~                                                   | 400
            """)
    void request_malformed_isRefusedAndTheConnectionCloses(String request, int status) throws Exception {
        try (Nginx nginx = Nginx.start(folder, ECHO);
                Halftone halftone = serve(nginx.port());
                Wire wire = new Wire(halftone.web())) {
            wire.send(request.strip().replace("~", "\r\n"));
            assertThat(wire.readAll()).startsWith("HTTP/1.1 " + status).containsIgnoringCase("connection: close");
        }
    }

    @Test
    void limits_headAndTimes_answerWithTheirStatus() throws Exception {
        try (Nginx nginx = Nginx.start(folder, ECHO);
                Halftone halftone = serve(nginx.port())) {
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send("GET /" + "x".repeat(2000) + " HTTP/1.1\r\nHost: a\r\n\r\n")
                                .readAll())
                        .startsWith("HTTP/1.1 414");
            }
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(5000) + "\r\n\r\n")
                                .readAll())
                        .startsWith("HTTP/1.1 431");
            }
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n".repeat(30) + "\r\n")
                                .readAll())
                        .startsWith("HTTP/1.1 431");
            }
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send("GET / HTTP/1.1\r\nHo").readAll()).startsWith("HTTP/1.1 408");
            }
        }
        try (Scripted reader = new Scripted(socket -> socket.getInputStream().readAllBytes());
                Halftone halftone = serve(reader.port())) {
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send(
                                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nAccept: application/json\r\n\r\nabc")
                                .readAll())
                        .startsWith("HTTP/1.1 408")
                        .contains("application/problem+json")
                        .contains("\"status\":408");
            }
        }
    }

    @Test
    void upstream_failures_become502And504() throws Exception {
        try (Halftone halftone = serve(Nginx.freePort());
                Wire wire = new Wire(halftone.web())) {
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 502")
                    .contains("the service cannot be reached");
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 502");
        }
        try (Scripted silent = new Scripted(socket -> socket.getInputStream().readAllBytes());
                Halftone halftone = serve(silent.port());
                Wire wire = new Wire(halftone.web())) {
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 504");
        }
        try (Scripted half = new Scripted(socket -> {
                    Scripted.readHead(socket);
                    Scripted.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                });
                Halftone halftone = serve(half.port());
                Wire wire = new Wire(halftone.web())) {
            String cut = wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readAll();
            assertThat(cut).containsIgnoringCase("content-length: 100").endsWith("half");
        }
        try (Scripted garbage = new Scripted(socket -> {
                    Scripted.readHead(socket);
                    Scripted.write(
                            socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello");
                });
                Halftone halftone = serve(garbage.port());
                Wire wire = new Wire(halftone.web())) {
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 502");
        }
    }

    @Test
    void exchanges_pipelinedHeadAndOldClients_areAnsweredInOrder() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 \"$request_method $request_uri\"; }");
                Halftone halftone = serve(nginx.port())) {
            try (Wire wire = new Wire(halftone.web())) {
                wire.send(
                        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
                for (int i = 1; i <= 3; i++) {
                    assertThat(wire.readResponse()).endsWith("GET /" + i);
                }
                String head = wire.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
                assertThat(head).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: 7");
                assertThat(wire.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                        .endsWith("GET /4");
            }
            try (Wire wire = new Wire(halftone.web())) {
                assertThat(wire.send("GET /old HTTP/1.0\r\n\r\n").readAll()).endsWith("GET /old");
            }
        }
    }

    @Test
    void expectContinue_upstreamsOwn100_isPassedOn() throws Exception {
        try (Scripted upstream = new Scripted(socket -> {
                    Scripted.readHead(socket);
                    Scripted.write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
                    String body = new String(socket.getInputStream().readNBytes(5), StandardCharsets.ISO_8859_1);
                    Scripted.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body);
                    socket.getInputStream().read();
                });
                Halftone halftone = serve(upstream.port());
                Wire wire = new Wire(halftone.web())) {
            wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 100");
            assertThat(wire.send("hello").readResponse())
                    .startsWith("HTTP/1.1 200")
                    .endsWith("hello");
        }
    }

    @Test
    void webSocket_upgrade_passesBytesBothWays() throws Exception {
        try (Scripted upstream = new Scripted(socket -> {
                    assertThat(Scripted.readHead(socket)).contains("upgrade: websocket");
                    Scripted.write(
                            socket,
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    + "Sec-WebSocket-Accept: x\r\n\r\nfirst");
                    InputStream in = socket.getInputStream();
                    for (int next = in.read(); next >= 0; next = in.read()) {
                        Scripted.write(socket, "<" + (char) next + ">");
                    }
                });
                Halftone halftone = serve(upstream.port());
                Wire wire = new Wire(halftone.web())) {
            wire.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\nab");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 101").containsIgnoringCase("sec-websocket-accept: x");
            assertThat(wire.read(11)).isEqualTo("first<a><b>");
            assertThat(wire.send("c").read(3)).isEqualTo("<c>");
        }
    }

    private static long residentKiB(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    @Test
    void streaming_oneGiBEachWay_passesInConstantMemory() throws Exception {
        long size = 1L << 30;
        AtomicLong received = new AtomicLong();
        byte[] block = new byte[1 << 16];
        try (Scripted upstream = new Scripted(socket -> {
                    Scripted.readHead(socket);
                    InputStream in = socket.getInputStream();
                    byte[] buffer = new byte[1 << 16];
                    while (received.get() < size) {
                        received.addAndGet(in.read(buffer));
                    }
                    Scripted.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                    OutputStream out = socket.getOutputStream();
                    for (long sent = 0; sent < size; sent += block.length) {
                        out.write(block);
                    }
                });
                Halftone halftone = Halftone.serve(
                        folder,
                        Halftone.yaml(upstream.port(), upstream.port(), 0),
                        "-Xmx64m",
                        "-XX:MaxDirectMemorySize=64m");
                Wire wire = new Wire(halftone.web())) {
            wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
            for (long sent = 0; sent < size; sent += block.length) {
                wire.socket().getOutputStream().write(block);
            }
            assertThat(wire.readHead()).startsWith("HTTP/1.1 200");
            InputStream in = wire.socket().getInputStream();
            byte[] buffer = new byte[1 << 16];
            long got = 0;
            long most = 0;
            while (got < size) {
                got += in.read(buffer);
                most = (got >> 16) % 512 == 0 ? Math.max(most, residentKiB(halftone.pid())) : most;
            }
            System.out.printf("measured: 1 GiB up and 1 GiB down, at most %d MiB resident%n", most / 1024);
            assertThat(received.get()).isEqualTo(size);
            assertThat(most).isLessThan(300 * 1024);
        }
    }

    @Test
    void backPressure_clientThatDoesNotRead_stopsTheUpstream() throws Exception {
        AtomicLong sent = new AtomicLong();
        byte[] block = new byte[1 << 16];
        try (Scripted upstream = new Scripted(socket -> {
                    Scripted.readHead(socket);
                    Scripted.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + (1L << 30) + "\r\n\r\n");
                    while (sent.get() < 1L << 30) {
                        socket.getOutputStream().write(block);
                        sent.addAndGet(block.length);
                    }
                });
                Halftone halftone = serve(upstream.port());
                Wire wire = new Wire(halftone.web())) {
            wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            wire.readHead();
            AtomicLong before = new AtomicLong(-1);
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(700))
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> before.getAndSet(sent.get()) == sent.get());
            System.out.printf("measured: an unread answer stops its upstream after %d KiB%n", sent.get() / 1024);
            assertThat(sent.get()).isLessThan(64L << 20);
        }
    }
}
