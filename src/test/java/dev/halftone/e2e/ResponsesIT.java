package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of upstreams on the wire: what is passed on, what is refused, and what an upstream's end means. */
class ResponsesIT {
    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = Rig.start(
                folder,
                new Rig.Additions(
                        "",
                        ", timeouts: {response: 3s}, limits: {responseHeaders: 4KiB}",
                        "",
                        "  - {name: dead, endpoints: [{address: \"127.0.0.1:" + Nginx.freePort() + "\"}]}\n",
                        "  - {name: dead, match: {path: {prefix: /dead}}, stable: dead}\n"));
    }

    @AfterAll
    static void stop() throws IOException {
        rig.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    private static String answers(String raw) {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> visit.write(Rig.bytes(raw)));
        return path;
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 6.3 | both lengths             | HTTP/1.1 200 OK~Content-Length: 5~Transfer-Encoding: chunked~~hello
            9112 6.3 | two lengths              | HTTP/1.1 200 OK~Content-Length: 5~Content-Length: 6~~hello
            9112 6.3 | two lengths alike        | HTTP/1.1 200 OK~Content-Length: 5~Content-Length: 5~~hello
            9112 6.3 | list of lengths          | HTTP/1.1 200 OK~Content-Length: 5,5~~hello
            9112 6.3 | signed length            | HTTP/1.1 200 OK~Content-Length: +5~~hello
            9112 6.3 | length of twenty digits  | HTTP/1.1 200 OK~Content-Length: 18446744073709551621~~hello
            9112 6.1 | unknown coding           | HTTP/1.1 200 OK~Transfer-Encoding: gzip~~hello
            9112 6.1 | chunked twice            | HTTP/1.1 200 OK~Transfer-Encoding: chunked, chunked~~0~~
            9112 6.1 | chunked in HTTP/1.0      | HTTP/1.0 200 OK~Transfer-Encoding: chunked~~0~~
            9112 7.1 | bad chunk size           | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0x5~hello~0~~
            9112 7.1 | chunk size overflows     | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~10000000000000005~hello~0~~
            9112 7.1 | bare LF in chunk framing | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5{lf}hello~0~~
            9112 2.2 | bare LF in the head      | HTTP/1.1 200 OK{lf}Content-Length: 5{lf}{lf}hello
            9112 2.2 | bare CR in a value       | HTTP/1.1 200 OK~X: a{cr}b~Content-Length: 5~~hello
            9112 5.2 | folded                   | HTTP/1.1 200 OK~X: a~ b~Content-Length: 5~~hello
            9112 5.1 | space before the colon   | HTTP/1.1 200 OK~Content-Length : 5~~hello
            9110 5.5 | NUL in a value           | HTTP/1.1 200 OK~X: a{nul}b~Content-Length: 5~~hello
            9112 4   | status of two digits     | HTTP/1.1 20 OK~Content-Length: 5~~hello
            9112 4   | status 600               | HTTP/1.1 600 OK~Content-Length: 5~~hello
            9112 4   | status 099               | HTTP/1.1 099 OK~Content-Length: 5~~hello
            9112 4   | other version            | HTTP/2.0 200 OK~Content-Length: 5~~hello
            9112 4   | no status line           | hello~~
            9112 4   | empty line before it     | ~HTTP/1.1 200 OK~Content-Length: 5~~hello
            """)
    void rfc9112_6_3_answerThatIsMalformed_is502AndItsConnectionIsNotPooled(String section, String what, String raw)
            throws IOException {
        String path = answers(raw);
        try (Wire wire = rig.wire()) {
            String answer = wire.send(get(path)).readResponse();
            assertThat(answer).startsWith("HTTP/1.1 502 ").contains("the service gave no usable answer");
            assertThat(wire.send(get("/next")).readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc6585_5_responseHeadBeyondItsLimit_is502() throws IOException {
        String path = answers("HTTP/1.1 200 OK~X: " + "x".repeat(5000) + "~Content-Length: 5~~hello");
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readResponse()).startsWith("HTTP/1.1 502 ");
        }
        rig.assertNotPooled(path);
        String within = answers("HTTP/1.1 200 OK~X: " + "x".repeat(3900) + "~Content-Length: 5~~hello");
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(within)).readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    // ---- the end comes too early ----

    private interface End {
        void of(Stage.Visit visit) throws IOException;
    }

    private static End end(String name) {
        return switch (name) {
            case "closed" -> visit -> visit.socket().close();
            case "reset" -> Stage.Visit::reset;
            default -> visit -> visit.write(Rig.bytes(name));
        };
    }

    /** The client has the first part before the rest goes wrong; returns what it has in the end. */
    private static String afterFault(String request, String first, String end) throws IOException {
        String path = Rig.newPath();
        CountDownLatch seen = new CountDownLatch(1);
        rig.stage().on(path, visit -> {
            visit.write(Rig.bytes(first));
            seen.await();
            end(end).of(visit);
        });
        try (Wire wire = rig.wire()) {
            wire.send(Rig.bytes(request.replace("PATH", path)));
            String head = wire.readHead();
            assertThat(head).startsWith("HTTP/1.1 200 OK\r\n");
            seen.countDown();
            return head + wire.readAll();
        } finally {
            rig.assertNotPooled(path);
        }
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 8   | length, closed        | HTTP/1.1 200 OK~Content-Length: 100~~half             | closed       | half
            9112 8   | length, reset         | HTTP/1.1 200 OK~Content-Length: 100~~half             | reset        | half
            9112 8   | chunked, closed       | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~  | closed       | 5~hello~
            9112 8   | chunked, reset        | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~  | reset        | 5~hello~
            9112 8   | within a chunk        | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hel     | closed       | 5~hel
            9112 7.1 | bad size later        | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~  | zz~0~~       | 5~hello~
            9112 7.1 | chunk longer          | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello   | ooo~0~~      | 5~hello
            9112 7.1 | bare LF later         | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello   | {lf}0~~      | 5~hello
            9112 8   | close-delimited, reset | HTTP/1.1 200 OK~~hello                               | reset        | 5~hello~
            """)
    void rfc9112_8_upstreamFailsMidBody_theClientSeesThatItIsIncomplete(
            String section, String what, String first, String end, String body) throws IOException {
        String answer = afterFault("GET PATH HTTP/1.1~Host: a~~", first, end);
        assertThat(answer).endsWith("\r\n\r\n" + Rig.bytes(body)).doesNotContain("\r\n0\r\n");
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 8   | chunked, closed        | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~ | closed
            9112 7.1 | bad chunk              | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~ | zz~0~~
            9112 8   | close-delimited, reset | HTTP/1.1 200 OK~~hello                               | reset
            """)
    void rfc9112_8_upstreamFailsMidBody_whereTheEndIsTheBodysTheClientIsReset(
            String section, String what, String first, String end) {
        assertThatThrownBy(() -> afterFault("GET PATH HTTP/1.0~Host: a~~", first, end))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void rfc9112_6_3_closeDelimitedAnswer_endsCleanlyWithItsConnection() throws IOException {
        assertThat(afterFault("GET PATH HTTP/1.1~Host: a~Connection: close~~", "HTTP/1.1 200 OK~~hello", "closed"))
                .endsWith("\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        assertThat(afterFault("GET PATH HTTP/1.0~Host: a~~", "HTTP/1.0 200 OK~~hello", "closed"))
                .endsWith("\r\n\r\nhello");
    }

    // ---- no body whatever the headers say ----

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9110 9.3.2   | HEAD, length          | HEAD | HTTP/1.1 200 OK~Content-Length: 5~~                     | true  | true
            9110 9.3.2   | HEAD, chunked         | HEAD | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~            | false | true
            9110 9.3.2   | HEAD with a body      | HEAD | HTTP/1.1 200 OK~Content-Length: 5~~hello                | true  | false
            9110 9.3.2   | HEAD with chunks      | HEAD | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~~ | false | false
            9110 15.3.5  | 204, length           | GET  | HTTP/1.1 204 No Content~Content-Length: 5~~             | false | true
            9110 15.3.5  | 204, length 0         | GET  | HTTP/1.1 204 No Content~Content-Length: 0~~             | false | true
            9110 15.3.5  | 204, chunked          | GET  | HTTP/1.1 204 No Content~Transfer-Encoding: chunked~~    | false | true
            9110 15.3.5  | 204 with a body       | GET  | HTTP/1.1 204 No Content~Content-Length: 5~~hello        | false | false
            9110 15.3.5  | 204, poisoned         | GET  | HTTP/1.1 204 No Content~~HTTP/1.1 200 OK~Content-Length: 4~~evil | false | false
            9110 15.4.5  | 304, length           | GET  | HTTP/1.1 304 Not Modified~Content-Length: 5~~           | true  | true
            9110 15.4.5  | 304 with a body       | GET  | HTTP/1.1 304 Not Modified~Content-Length: 5~~hello      | true  | false
            """)
    void rfc9110_6_4_1_headAnd204And304_haveNoBody(
            String section, String what, String method, String raw, boolean tellsLength, boolean pooled)
            throws IOException {
        String path = answers(raw);
        try (Wire wire = rig.wire()) {
            String head = wire.send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
                    .readHead();
            assertThat(head).startsWith(Rig.bytes(raw).substring(0, 15)).doesNotContain("chunked");
            assertThat(head.contains("\r\nContent-Length: 5\r\n")).isEqualTo(tellsLength);
            assertThat(head.contains("Content-Length")).isEqualTo(tellsLength);
            String next = Rig.newPath();
            assertThat(wire.send(get(next)).readResponse())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains(next);
            boolean same = rig.stage().visits(next).get(0).connection()
                    == rig.stage().visits(path).get(0).connection();
            assertThat(same).isEqualTo(pooled);
        }
    }

    // ---- answers before the answer ----

    @Test
    void rfc9110_15_2_interimAnswers_arePassedOnAndNeverFinal() throws IOException {
        String path = answers(
                "HTTP/1.1 100 Continue~~HTTP/1.1 103 Early Hints~Link: </a>~Content-Length: 3~Connection: X-Y~X-Y: 1~~"
                        + "HTTP/1.1 150 ~~HTTP/1.1 200 OK~Content-Length: 5~~hello");
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(wire.readHead()).isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 150 ");
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("hello");
        }
        try (Wire wire = rig.wire()) {
            assertThat(wire.send("GET " + path + " HTTP/1.0\r\n\r\n").readAll())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("hello");
        }
    }

    @Test
    void rfc9110_15_2_interimAnswers_moreThanSixteenAre502() throws IOException {
        String sixteen = answers("HTTP/1.1 102 Processing~~".repeat(16) + "HTTP/1.1 200 OK~Content-Length: 5~~hello");
        String flood = answers("HTTP/1.1 102 Processing~~".repeat(1000) + "HTTP/1.1 200 OK~Content-Length: 5~~hello");
        try (Wire wire = rig.wire()) {
            wire.send(get(sixteen));
            for (int i = 0; i < 16; i++) {
                assertThat(wire.readHead()).startsWith("HTTP/1.1 102 ");
            }
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 200 ");
            wire.send(get(flood));
            for (int i = 0; i < 16; i++) {
                assertThat(wire.readHead()).startsWith("HTTP/1.1 102 ");
            }
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 502 ");
        }
        rig.assertNotPooled(flood);
    }

    // ---- bytes that nobody asked for ----

    @Test
    void rfc9112_9_bytesBehindAnAnswer_areNotTheNextAnswer() throws IOException {
        String path = answers("HTTP/1.1 200 OK~Content-Length: 4~~goodHTTP/1.1 200 OK~Content-Length: 4~~evil");
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readResponse()).endsWith("good");
            assertThat(wire.send(get("/mine")).readResponse()).contains("GET /mine HTTP/1.1");
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9112_9_bytesOnAnIdleConnection_closeIt() throws Exception {
        String path = Rig.newPath();
        CountDownLatch answered = new CountDownLatch(1);
        rig.stage().on(path, visit -> {
            visit.answer("good");
            answered.await();
            visit.answer("evil");
        });
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(get(path)).readResponse()).endsWith("good");
            answered.countDown();
            rig.assertNotPooled(path);
            assertThat(wire.send(get("/mine")).readResponse()).contains("GET /mine HTTP/1.1");
        }
    }

    // ---- failures, and what is tried again ----

    @Test
    void rfc9110_15_6_3_refusedOrClosedBeforeTheHead_is502() throws IOException {
        String closed = Rig.newPath();
        rig.stage().on(closed, visit -> visit.socket().close());
        String reset = Rig.newPath();
        rig.stage().on(reset, Stage.Visit::reset);
        String inHead = Rig.newPath();
        rig.stage()
                .on(
                        inHead,
                        visit -> visit.write("HTTP/1.1 200 OK\r\nContent-Le")
                                .socket()
                                .close());
        try (Wire wire = rig.wire()) {
            for (String path : new String[] {"/dead", closed, reset, inHead}) {
                assertThat(wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                                .readResponse())
                        .as(path)
                        .startsWith("HTTP/1.1 502 ");
            }
        }
    }

    /** The first visit ends so, on a connection that served before; the second is answered. */
    private static String failsOnce(String end) throws IOException {
        String path = Rig.newPath();
        AtomicInteger visits = new AtomicInteger();
        rig.stage().on(path, visit -> {
            if (visits.incrementAndGet() == 1) {
                end(end).of(visit);
                visit.socket().close();
            } else {
                visit.echo();
            }
        });
        rig.fence();
        return path;
    }

    @ParameterizedTest(name = "RFC 9110 9.2.2: {0} {2}")
    @CsvSource(delimiter = '|', textBlock = """
            GET     | X: y~~                 | closed                | 200 | 2
            GET     | X: y~~                 | reset                 | 200 | 2
            HEAD    | X: y~~                 | closed                | 200 | 2
            OPTIONS | X: y~~                 | closed                | 200 | 2
            PUT     | Content-Length: 0~~    | closed                | 200 | 2
            PUT     | Content-Length: 2~~hi  | closed                | 502 | 1
            DELETE  | Content-Length: 0~~    | closed                | 200 | 2
            POST    | Content-Length: 0~~    | closed                | 502 | 1
            POST    | Content-Length: 2~~hi  | reset                 | 502 | 1
            PATCH   | Content-Length: 0~~    | closed                | 502 | 1
            get     | X: y~~                 | closed                | 502 | 1
            GET     | X: y~~                 | HTTP/1.1 102 Wait~~   | 102 | 1
            """)
    void rfc9110_9_2_2_onlyIdempotentRequestsWithoutABody_areTriedAgain(
            String method, String rest, String end, int status, int visits) throws IOException {
        String path = failsOnce(end);
        try (Wire wire = rig.wire()) {
            wire.send(Rig.bytes(method + " " + path + " HTTP/1.1~Host: a~" + rest));
            String head = wire.readHead();
            assertThat(head).startsWith("HTTP/1.1 " + status + " ");
            if (status == 102) {
                assertThat(wire.readHead()).startsWith("HTTP/1.1 502 ");
            }
            assertThat(rig.stage().visits(path)).hasSize(visits);
        }
    }

    @Test
    void rfc9110_15_6_5_upstreamThatTakesNoBody_is504() throws Exception {
        String path = Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        rig.stage().on(path, visit -> end.await());
        byte[] block = new byte[1 << 16];
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + (1L << 40) + "\r\n\r\n");
            Thread sender = new Thread(() -> {
                try {
                    while (true) {
                        wire.socket().getOutputStream().write(block);
                    }
                } catch (IOException refused) {
                    end.countDown();
                }
            });
            sender.start();
            assertThat(wire.readHead()).startsWith("HTTP/1.1 504 ").contains("\r\nConnection: close\r\n");
            sender.join(10_000);
            assertThat(sender.isAlive()).isFalse();
        }
        rig.awaitEnd(rig.stage().visits(path).get(0).connection(), "reset");
    }
}
