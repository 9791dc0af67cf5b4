package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests on the wire: where a message begins and ends, and what is no message. One name for each rule and its section. */
class FramingIT {
    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = Rig.start(
                folder,
                new Rig.Additions(", timeouts: {head: 5s, body: 5s}", ", timeouts: {response: 3s}", "", "", ""));
    }

    @AfterAll
    static void noSmuggledRequest_everReachedTheUpstream() throws IOException {
        try (Rig last = rig) {
            assertThat(last.stage().visits()).noneMatch(visit -> visit.path().contains("smuggled"));
        }
    }

    private static void refuses(String request, int status) throws IOException {
        rig.refuses(Rig.bytes(request), status);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 6.3 | CL.TE          | POST / HTTP/1.1~Host: a~Content-Length: 6~Transfer-Encoding: chunked~~0~~G        | 400
            9112 6.3 | TE.CL          | POST / HTTP/1.1~Host: a~Transfer-Encoding: chunked~Content-Length: 4~~2e~GET /smuggled HTTP/1.1~Host: a~~0~~ | 400
            9112 6.3 | CL.TE in caps  | POST / HTTP/1.1~Host: a~CONTENT-LENGTH: 6~tRANSFER-eNCODING: CHUNKED~~0~~G        | 400
            9112 6.3 | CL and gzip    | POST / HTTP/1.1~Host: a~Content-Length: 6~Transfer-Encoding: gzip~~abcdef         | 400
            9112 6.3 | CL: 0 and TE   | POST / HTTP/1.1~Host: a~Content-Length: 0~Transfer-Encoding: chunked~~0~~         | 400
            """)
    void rfc9112_6_3_contentLengthWithTransferEncoding_is400AndCloses(
            String section, String what, String request, int status) throws IOException {
        refuses(request, status);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 6.3 | two that differ  | Content-Length: 3~Content-Length: 4~~abcd
            9112 6.3 | two alike        | Content-Length: 3~Content-Length: 3~~abc
            9110 8.6 | list of one kind | Content-Length: 5,5~~hello
            9110 8.6 | list, spaced     | Content-Length: 5, 5~~hello
            9110 8.6 | two numbers      | Content-Length: {sp}5 5~~hello
            9110 8.6 | empty            | Content-Length:~~
            9110 8.6 | plus             | Content-Length: +5~~hello
            9110 8.6 | minus            | Content-Length: -5~~hello
            9110 8.6 | minus nought     | Content-Length: -0~~
            9110 8.6 | hexadecimal      | Content-Length: 0x5~~hello
            9110 8.6 | letter           | Content-Length: 5a~~hello
            9110 8.6 | parameter        | Content-Length: 5;~~hello
            9110 8.6 | point            | Content-Length: 5.0~~hello
            9110 8.6 | quoted           | Content-Length: "5"~~hello
            9110 8.6 | twenty digits    | Content-Length: 18446744073709551621~~hello
            9110 8.6 | 2^63             | Content-Length: 9223372036854775808~~hello
            9110 8.6 | other digits     | Content-Length: {e9}5~~hello
            """)
    void rfc9110_8_6_contentLength_thatIsNoSingleNumber_is400AndCloses(String section, String what, String fields)
            throws IOException {
        refuses("POST / HTTP/1.1~Host: a~" + fields, 400);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 6.1 | unknown coding         | 1.1 | Transfer-Encoding: gzip~~             | 501
            9112 6.1 | unknown, then chunked  | 1.1 | Transfer-Encoding: gzip, chunked~~0~~ | 501
            9112 6.1 | identity               | 1.1 | Transfer-Encoding: identity~~         | 501
            9112 6.1 | xchunked               | 1.1 | Transfer-Encoding: xchunked~~0~~      | 501
            9112 6.1 | chunkedx               | 1.1 | Transfer-Encoding: chunkedx~~0~~      | 501
            9112 6.1 | cow                    | 1.1 | Transfer-Encoding: cow~~0~~           | 501
            9112 6.3 | chunked not last       | 1.1 | Transfer-Encoding: chunked, gzip~~0~~ | 400
            9112 6.1 | chunked twice in one   | 1.1 | Transfer-Encoding: chunked, chunked~~0~~ | 400
            9112 6.1 | chunked twice          | 1.1 | Transfer-Encoding: chunked~Transfer-Encoding: chunked~~0~~ | 400
            9112 6.1 | chunked, then identity | 1.1 | Transfer-Encoding: chunked~Transfer-Encoding: identity~~0~~ | 400
            9112 6.1 | cow, then chunked      | 1.1 | Transfer-Encoding: cow~Transfer-Encoding: chunked~~0~~ | 400
            9112 6.1 | parameter              | 1.1 | Transfer-Encoding: chunked;q=1~~0~~   | 400
            9112 6.1 | quoted                 | 1.1 | Transfer-Encoding: "chunked"~~0~~     | 400
            9112 6.1 | quoted once            | 1.1 | Transfer-Encoding: 'chunked'~~0~~     | 501
            9112 6.1 | bracketed              | 1.1 | Transfer-Encoding: [chunked]~~0~~     | 400
            9112 6.1 | comma first            | 1.1 | Transfer-Encoding: ,chunked~~0~~      | 400
            9112 6.1 | comma last             | 1.1 | Transfer-Encoding: chunked,~~0~~      | 400
            9112 6.1 | empty                  | 1.1 | Transfer-Encoding:~~0~~               | 400
            9112 6.1 | in two words           | 1.1 | Transfer-Encoding: chun ked~~0~~      | 400
            9112 5.1 | space before colon     | 1.1 | Transfer-Encoding : chunked~~0~~      | 400
            9112 5.1 | tab before colon       | 1.1 | Transfer-Encoding{tab}: chunked~~0~~  | 400
            9110 5.5 | vertical tab           | 1.1 | Transfer-Encoding:{vt}chunked~~0~~    | 400
            9110 5.5 | NUL behind             | 1.1 | Transfer-Encoding: chunked{nul}~~0~~  | 400
            9110 5.5 | a byte beyond ASCII    | 1.1 | Transfer-Encoding: {e9}chunked~~0~~   | 400
            9112 5.2 | folded                 | 1.1 | Transfer-Encoding:~ chunked~~0~~      | 400
            9112 2.2 | behind a bare LF       | 1.1 | X: y{lf}Transfer-Encoding: chunked~~0~~ | 400
            9112 2.2 | behind a bare CR       | 1.1 | X: y{cr}Transfer-Encoding: chunked~~0~~ | 400
            9112 6.1 | in HTTP/1.0            | 1.0 | Transfer-Encoding: chunked~~0~~       | 400
            9112 6.1 | unknown in HTTP/1.0    | 1.0 | Transfer-Encoding: gzip~~             | 400
            """)
    void rfc9112_6_1_transferEncoding_otherThanChunked_isRefusedAndCloses(
            String section, String what, String version, String fields, int status) throws IOException {
        refuses("POST / HTTP/" + version + "~Host: a~" + fields + "GET /smuggled HTTP/1.1~Host: a~~", status);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 6.1 | capitals          | Transfer-Encoding: CHUNKED
            9110 5.6.3 | tab before it   | Transfer-Encoding:{tab}chunked
            9110 5.6.3 | spaces around   | Transfer-Encoding: {sp} chunked {sp}
            9110 5.6.3 | no space        | transfer-encoding:chunked
            """)
    void rfc9112_6_1_chunked_howeverWritten_passesAsOurOwn(String section, String what, String field)
            throws IOException {
        String seen = rig.seen(Rig.bytes("POST / HTTP/1.1~Host: a~" + field + "~~5~hello~0~~"));
        assertThat(seen).contains("\r\nTransfer-Encoding: chunked\r\n").endsWith("\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        assertThat(seen.toLowerCase(java.util.Locale.ROOT).split("transfer-encoding", -1))
                .hasSize(2);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 7.1   | 0x             | 0x5~hello~0~~
            9112 7.1   | plus           | +5~hello~0~~
            9112 7.1   | minus          | -5~hello~0~~
            9112 7.1   | underscore     | 1_0~hello~0~~
            9112 7.1   | space before   | {sp}5~hello~0~~
            9112 7.1   | space behind   | 5 ~hello~0~~
            9112 7.1   | tab behind     | 5{tab}~hello~0~~
            9112 7.1   | none           | ~hello~0~~
            9112 7.1   | no number      | g~hello~0~~
            9112 7.1   | overflow       | 10000000000000005~hello~0~~
            9112 7.1   | overflow by 0  | 00000000000000005~hello~0~~
            9112 7.1   | bare LF        | 5{lf}hello~0~~
            9112 7.1   | bare CR        | 5{cr}hello~0~~
            9112 7.1   | two CR         | 5{cr}~hello~0~~
            9112 7.1   | NUL            | 5{nul}~hello~0~~
            9112 7.1   | LF behind data | 5~hello{lf}0~~
            9112 7.1   | CR behind data | 5~hello{cr}0~~
            9112 7.1   | too short      | 6~hello~0~~
            9112 7.1   | too long       | 4~hello~0~~
            9112 7.1.1 | LF in extension   | 5;a{lf}b~hello~0~~
            9112 7.1.1 | CR in extension   | 5;a{cr}b~hello~0~~
            9112 7.1.1 | NUL in extension  | 5;a{nul}b~hello~0~~
            9112 7.1.2 | LF ends trailers  | 5~hello~0~X: y{lf}~
            9112 7.1.2 | bare LF at the end | 5~hello~0~{lf}
            9112 7.1.2 | garbage behind the last chunk | 5~hello~0~garbage~~
            9112 7.1.2 | request behind the last chunk | 5~hello~0~GET /smuggled HTTP/1.1~Host: a~~
            9112 7.1.2 | space before colon in a trailer | 5~hello~0~X : y~~
            """)
    void rfc9112_7_1_chunkFraming_malformed_is400AndTheUpstreamIsReset(String section, String what, String body)
            throws IOException {
        rig.fence();
        String path = Rig.newPath();
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            rig.awaitVisit(path);
            // The tail makes sure that no row is merely unfinished.
            String answer = wire.send(Rig.bytes(body) + "0\r\n\r\n0\r\n\r\n").readAll();
            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("\r\nConnection: close\r\n");
            assertThat(answer.split("HTTP/1\\.1 \\d", -1)).as(answer).hasSize(2);
        }
        Stage.Visit visit = rig.stage().visits(path).get(0);
        rig.awaitEnd(visit.connection(), "reset");
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9112_7_1_1_chunkExtensions_areDropped() throws IOException {
        String seen = rig.seen(Rig.bytes(
                "POST / HTTP/1.1~Host: a~Transfer-Encoding: chunked~~5;a=b;c=\"d;e\"~hello~6;f~ world~0;last~~"));
        assertThat(seen).endsWith("\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 2.2 | bare LF ends the request line | GET / HTTP/1.1{lf}Host: a~~
            9112 2.2 | bare LF ends a field          | GET / HTTP/1.1~Host: a{lf}~
            9112 2.2 | bare LFs throughout           | GET / HTTP/1.1{lf}Host: a{lf}{lf}
            9112 2.2 | bare CR in the request line   | GET /{cr} HTTP/1.1~Host: a~~
            9112 2.2 | bare CR in a value            | GET / HTTP/1.1~Host: a~X: b{cr}c~~
            9112 2.2 | CR CR LF                      | GET / HTTP/1.1~Host: a~X: b{cr}~~
            9112 2.2 | CR alone ends the head        | GET / HTTP/1.1~Host: a~{cr}X: y~~
            9112 5.2 | folded by a space             | GET / HTTP/1.1~Host: a~X: b~{sp}c~~
            9112 5.2 | folded by a tab               | GET / HTTP/1.1~Host: a~X: b~{tab}c~~
            9112 2.2 | space before the first field  | GET / HTTP/1.1~{sp}Host: a~~
            9112 5.1 | space before the colon        | GET / HTTP/1.1~Host: a~X : y~~
            9112 5.1 | space in a name               | GET / HTTP/1.1~Host: a~X y: z~~
            9110 5.1 | empty name                    | GET / HTTP/1.1~Host: a~: y~~
            9110 5.1 | no colon                      | GET / HTTP/1.1~Host: a~X~~
            9110 5.1 | NUL in a name                 | GET / HTTP/1.1~Host: a~X{nul}Y: z~~
            9110 5.1 | a byte beyond ASCII in a name | GET / HTTP/1.1~Host: a~X{e9}: z~~
            9110 5.1 | brackets in a name            | GET / HTTP/1.1~Host: a~X[]: z~~
            9110 5.5 | NUL in a value                | GET / HTTP/1.1~Host: a~X: y{nul}z~~
            9110 5.5 | vertical tab in a value       | GET / HTTP/1.1~Host: a~X: y{vt}z~~
            9110 5.5 | DEL in a value                | GET / HTTP/1.1~Host: a~X: y{del}z~~
            9112 2.2 | LF before the request line    | {lf}GET / HTTP/1.1~Host: a~~
            9112 2.2 | CR before the request line    | {cr}GET / HTTP/1.1~Host: a~~
            9112 2.2 | NUL before the request line   | {nul}GET / HTTP/1.1~Host: a~~
            9112 2.2 | space before the request line | {sp}GET / HTTP/1.1~Host: a~~
            9112 2.2 | two empty lines before it     | ~~GET / HTTP/1.1~Host: a~~
            """)
    void rfc9112_2_2_lineEndsAndControlBytes_thatMayNotBe_are400AndClose(String section, String what, String request)
            throws IOException {
        refuses(request, 400);
    }

    @Test
    void rfc9112_2_2_oneEmptyLineBeforeTheRequestLine_isTolerated() throws IOException {
        assertThat(rig.seen("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("GET /x HTTP/1.1\r\n");
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 3   | tabs                   | GET{tab}/{tab}HTTP/1.1~Host: a~~       | 400
            9112 3   | two spaces             | GET  / HTTP/1.1~Host: a~~              | 400
            9112 3   | two spaces behind      | GET /  HTTP/1.1~Host: a~~              | 400
            9112 3   | space at its end       | GET / HTTP/1.1 ~Host: a~~              | 400
            9112 3   | no target              | GET HTTP/1.1~Host: a~~                 | 400
            9112 3   | space in the target    | GET /a b HTTP/1.1~Host: a~~            | 400
            9112 3   | a second version       | GET / HTTP/1.1 HTTP/1.1~Host: a~~      | 400
            9112 3   | fragment               | GET /#a HTTP/1.1~Host: a~~             | 400
            9112 3.2 | a byte beyond ASCII    | GET /{e9} HTTP/1.1~Host: a~~           | 400
            9112 3.1 | method is no token     | G(T / HTTP/1.1~Host: a~~               | 400
            9112 3   | HTTP/0.9               | GET /~~                                | 400
            9112 2.3 | HTTP/0.9 by name       | GET / HTTP/0.9~Host: a~~               | 505
            9112 2.3 | name in small letters  | GET / http/1.1~Host: a~~               | 400
            9112 2.3 | other name             | GET / HTTQ/1.1~Host: a~~               | 400
            9112 2.3 | two digits             | GET / HTTP/1.10~Host: a~~              | 400
            9112 2.3 | one number             | GET / HTTP/1~Host: a~~                 | 400
            9112 2.3 | comma                  | GET / HTTP/1,1~Host: a~~               | 400
            9112 2.3 | HTTP/1.2               | GET / HTTP/1.2~Host: a~~               | 505
            9112 2.3 | HTTP/2.0               | GET / HTTP/2.0~Host: a~~               | 505
            9113 3.4 | the preface of HTTP/2  | PRI * HTTP/2.0~~SM~~                   | 505
            9112 3.2 | no slash               | GET a HTTP/1.1~Host: a~~               | 400
            9112 3.2.4 | * for another method | GET * HTTP/1.1~Host: a~~               | 400
            9112 3.2.2 | other scheme         | GET ftp://a/ HTTP/1.1~Host: a~~        | 400
            """)
    void rfc9112_3_requestLine_malformedOrUnknown_isRefusedAndCloses(
            String section, String what, String request, int status) throws IOException {
        refuses(request, status);
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9112 3.2   | missing                   | GET / HTTP/1.1~~
            9112 3.2   | doubled                   | GET / HTTP/1.1~Host: a~Host: a~~
            9112 3.2   | doubled in other letters  | GET / HTTP/1.1~Host: a~hOST: b~~
            9112 3.2   | empty                     | GET / HTTP/1.1~Host:~~
            9112 3.2   | space                     | GET / HTTP/1.1~Host: a b~~
            9112 3.2   | comma                     | GET / HTTP/1.1~Host: a,b~~
            9112 3.2   | user information          | GET / HTTP/1.1~Host: u@a~~
            9112 3.2   | path                      | GET / HTTP/1.1~Host: a/b~~
            9112 3.2   | query                     | GET / HTTP/1.1~Host: a?b~~
            9112 3.2   | percent sign              | GET / HTTP/1.1~Host: a%2eb~~
            9112 3.2   | a byte beyond ASCII       | GET / HTTP/1.1~Host: {e9}~~
            9112 3.2   | port is no number         | GET / HTTP/1.1~Host: a:8o~~
            9112 3.2   | port too large            | GET / HTTP/1.1~Host: a:65536~~
            9112 3.2   | port far too large        | GET / HTTP/1.1~Host: a:4294967376~~
            9112 3.2   | two ports                 | GET / HTTP/1.1~Host: a:80:80~~
            9112 3.2   | port alone                | GET / HTTP/1.1~Host: :80~~
            9112 3.2   | bracket within            | GET / HTTP/1.1~Host: a[b~~
            9112 3.2   | bracket not closed        | GET / HTTP/1.1~Host: [::1~~
            9112 3.2   | text behind a bracket     | GET / HTTP/1.1~Host: [::1]a~~
            9112 3.2.2 | unlike the target's       | GET http://b/ HTTP/1.1~Host: a~~
            9112 3.2.2 | other port in the target  | GET http://a:81/ HTTP/1.1~Host: a:80~~
            9112 3.2.2 | user in the target        | GET http://a@b/ HTTP/1.1~Host: b~~
            9112 3.2.2 | user in both              | GET http://u@a/ HTTP/1.1~Host: u@a~~
            9112 3.2.2 | no authority in the target | GET http:///x HTTP/1.1~Host: a~~
            """)
    void rfc9112_3_2_host_missingDoubledInvalidOrUnlikeTheTarget_is400AndCloses(
            String section, String what, String request) throws IOException {
        refuses(request, 400);
    }

    @Test
    void rfc9112_3_2_2_absoluteForm_routesAndNamesTheHostButDialsTheConfiguredAddress() throws IOException {
        String authority = "127.0.0.1:" + Nginx.freePort();
        assertThat(rig.seen("GET http://" + authority + "/x?y=1 HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"))
                .startsWith("GET /x?y=1 HTTP/1.1\r\nHost: " + authority + "\r\n");
        assertThat(rig.seen("GET HTTP://A HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("GET / HTTP/1.1\r\nHost: a\r\n");
    }

    @Test
    void rfc9112_3_2_4_asteriskForm_ofOptions_passes() throws IOException {
        assertThat(rig.seen("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("OPTIONS * HTTP/1.1\r\nHost: a\r\n");
        assertThat(rig.seen("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("OPTIONS * HTTP/1.1\r\n");
    }

    @ParameterizedTest(name = "RFC {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            9110 9.3.6 | CONNECT           | CONNECT a:443 HTTP/1.1~Host: a:443~~
            9110 9.3.6 | CONNECT, a path   | CONNECT / HTTP/1.1~Host: a~~
            9110 9.3.8 | TRACE             | TRACE / HTTP/1.1~Host: a~~
            """)
    void rfc9110_9_3_connectAndTrace_are405WithAllow(String section, String what, String request) throws IOException {
        refuses(request, 405);
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(Rig.bytes(request)).readAll())
                    .contains("\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n");
        }
    }

    // ---- Expect, Upgrade ----

    @Test
    void rfc9110_10_1_1_expect_isForwardedAndTheUpstreams100PassedOn() throws Exception {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> {
            visit.write("HTTP/1.1 100 Continue\r\n\r\n");
            visit.answer(visit.head() + visit.body());
        });
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 100 Continue\r\n");
            assertThat(wire.send("hello").readResponse())
                    .startsWith("HTTP/1.1 200")
                    .contains("\r\nExpect: 100-continue\r\n")
                    .endsWith("\r\n\r\nhello");
            assertThat(wire.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void rfc9110_10_1_1_finalAnswerBeforeTheBody_stopsTheBodyAndCloses() throws Exception {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> visit.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"));
        try (Wire wire = rig.wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n");
            assertThat(wire.readResponse())
                    .startsWith("HTTP/1.1 401 Unauthorized\r\n")
                    .contains("\r\nConnection: close\r\n");
            // What is sent now could be the body or another request; it must be neither.
            wire.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(wire.readAll()).isEmpty();
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9110_10_1_1_unknownExpectation_is417AndCloses() throws IOException {
        refuses("POST / HTTP/1.1~Host: a~Expect: tea~Content-Length: 3~~abc", 417);
    }

    private static String upgrade(String path, String protocol) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol
                + "\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nSec-WebSocket-Key: x\r\n\r\n";
    }

    @ParameterizedTest(name = "RFC 9110 7.8: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            h2c
            h2c, websocket
            websocket, h2c
            TLS/1.3
            """)
    void rfc9110_7_8_upgradeToAnythingElse_isStripped(String protocol) throws IOException {
        assertThat(rig.seen(upgrade("/x", protocol)).toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("upgrade")
                .doesNotContain("http2-settings")
                .doesNotContain("h2c");
    }

    @Test
    void rfc9110_7_8_webSocket_bytesAfterTheHeadAreHeldUntilTheTunnelOpens() throws Exception {
        String path = Rig.newPath();
        CountDownLatch agreed = new CountDownLatch(1);
        rig.stage().on(path, visit -> {
            assertThat(visit.socket().getInputStream().available()).isZero();
            agreed.await();
            assertThat(visit.socket().getInputStream().available()).isZero();
            visit.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n>");
            visit.write(new String(visit.socket().getInputStream().readNBytes(4), StandardCharsets.ISO_8859_1));
            visit.socket().close();
        });
        try (Wire wire = rig.wire()) {
            wire.send(upgrade(path, "websocket") + "held");
            rig.awaitVisit(path);
            rig.fence();
            agreed.countDown();
            String head = wire.readHead();
            assertThat(head).startsWith("HTTP/1.1 101 ").contains("\r\nUpgrade: websocket\r\n");
            assertThat(wire.readAll()).isEqualTo(">held");
        }
        assertThat(rig.stage().visits(path).get(0).head().toLowerCase(java.util.Locale.ROOT))
                .contains("\r\nupgrade: websocket\r\n")
                .doesNotContain("http2-settings");
    }

    @ParameterizedTest(name = "RFC 9110 7.8: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            another protocol            | websocket | HTTP/1.1 101 Switching Protocols~Connection: Upgrade~Upgrade: h2c~~
            no protocol                 | websocket | HTTP/1.1 101 Switching Protocols~Connection: Upgrade~~
            two protocols               | websocket | HTTP/1.1 101 Switching Protocols~Connection: Upgrade~Upgrade: h2c~Upgrade: websocket~~
            no Connection               | websocket | HTTP/1.1 101 Switching Protocols~Upgrade: websocket~~
            not asked for               | h2c       | HTTP/1.1 101 Switching Protocols~Connection: Upgrade~Upgrade: websocket~~
            """)
    void rfc9110_7_8_aTunnelThatWasNotAgreed_is502(String what, String asked, String answer) throws IOException {
        String path = Rig.newPath();
        rig.stage().on(path, visit -> visit.write(Rig.bytes(answer)));
        try (Wire wire = rig.wire()) {
            assertThat(wire.send(upgrade(path, asked)).readResponse()).startsWith("HTTP/1.1 502 ");
        }
        rig.assertNotPooled(path);
    }

    // ---- one request after another ----

    @ParameterizedTest(name = "RFC 9112 9.3: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            HTTP/1.0             | GET /x HTTP/1.0~Host: a~~                          | close      | false
            HTTP/1.0, asked for  | GET /x HTTP/1.0~Host: a~Connection: Keep-Alive~~   | keep-alive | true
            HTTP/1.0, no Host    | GET /x HTTP/1.0~~                                  | close      | false
            HTTP/1.1             | GET /x HTTP/1.1~Host: a~~                          |            | true
            HTTP/1.1, close      | GET /x HTTP/1.1~Host: a~Connection: x, CLOSE~~     | close      | false
            both                 | GET /x HTTP/1.1~Host: a~Connection: keep-alive, close~~ | close | false
            """)
    void rfc9112_9_3_keepAlive_isAsTheClientAsked(String what, String request, String connection, boolean lives)
            throws IOException {
        try (Wire wire = rig.wire()) {
            String answer = wire.send(Rig.bytes(request)).readResponse();
            assertThat(answer).startsWith("HTTP/1.1 200");
            if (connection == null) {
                assertThat(answer.substring(0, answer.indexOf("\r\n\r\n"))).doesNotContain("Connection:");
            } else {
                assertThat(answer).contains("\r\nConnection: " + connection + "\r\n");
            }
            if (lives) {
                assertThat(wire.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n").readResponse())
                        .startsWith("HTTP/1.1 200");
            } else {
                assertThat(wire.readAll()).isEmpty();
            }
        }
    }

    @Test
    void rfc9112_9_3_2_pipelined_areAnsweredInOrder() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        String slow = Rig.newPath();
        rig.stage().on(slow, visit -> {
            go.await();
            visit.answer("slow");
        });
        try (Wire wire = rig.wire()) {
            StringBuilder all = new StringBuilder("GET " + slow + " HTTP/1.1\r\nHost: a\r\n\r\n");
            for (int i = 0; i < 200; i++) {
                all.append("POST /n")
                        .append(i)
                        .append(" HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
                        .append(100 + i);
            }
            wire.send(all.toString());
            rig.awaitVisit(slow);
            rig.fence();
            assertThat(rig.stage().visits("/n0")).isEmpty();
            go.countDown();
            assertThat(wire.readResponse()).endsWith("slow");
            for (int i = 0; i < 200; i++) {
                assertThat(wire.readResponse()).contains("POST /n" + i + " ").endsWith("\r\n\r\n" + (100 + i));
            }
        }
    }

    @Test
    void rfc9112_9_3_2_pipelined_whileOneIsActiveNoMoreIsRead() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        String slow = Rig.newPath();
        rig.stage().on(slow, visit -> {
            go.await();
            visit.answer("slow");
        });
        byte[] request = ("GET " + slow + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] next = ("GET /x HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(900) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        try (SocketChannel client = SocketChannel.open()) {
            client.setOption(StandardSocketOptions.SO_SNDBUF, 64 << 10);
            client.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), rig.halftone().web()));
            client.write(ByteBuffer.wrap(request));
            rig.awaitVisit(slow);
            client.configureBlocking(false);
            long[] sent = {0};
            long[] before = {-1};
            Awaitility.await().pollInterval(Duration.ofMillis(100)).until(() -> {
                before[0] = sent[0];
                int written = 1;
                while (written > 0 && sent[0] < 64 << 20) {
                    written = client.write(ByteBuffer.wrap(next));
                    sent[0] += written;
                }
                return before[0] == sent[0];
            });
            // What is in between are the kernel's buffers of both ends.
            assertThat(sent[0]).isLessThan(16 << 20);
            assertThat(rig.stage().visits("/x")).noneMatch(visit -> visit.head().contains("xxxxxxxx"));
        } finally {
            go.countDown();
        }
    }

    // ---- answers that come early ----

    private static String early(String path, int length) {
        rig.stage().on(path, visit -> visit.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void rfc9112_9_3_earlyAnswer_upTo64KiBOfUnreadBodyAreDrained() throws IOException {
        String path = Rig.newPath();
        try (Wire wire = rig.wire()) {
            wire.send(early(path, 60_000) + "x".repeat(100));
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 403 ").endsWith("no");
            wire.send("x".repeat(59_900) + "GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 200").contains("GET /y HTTP/1.1");
        }
        rig.assertNotPooled(path);
    }

    @Test
    void rfc9112_9_3_earlyAnswer_moreThan64KiBOfUnreadBody_closes() throws IOException {
        String path = Rig.newPath();
        try (Wire wire = rig.wire()) {
            wire.send(early(path, 1_000_000) + "x".repeat(100));
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 403 ").endsWith("no");
            assertThat(isCutWhileSending(wire, 999_900)).isTrue();
        }
        rig.assertNotPooled(path);
    }

    private static boolean isCutWhileSending(Wire wire, int bytes) {
        try {
            wire.send("x".repeat(bytes) + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
            return wire.readAll().isEmpty();
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void rfc9112_9_3_earlyAnswer_unreadBodyThatDoesNotCome_closesAfterASecond() throws IOException {
        String path = Rig.newPath();
        try (Wire wire = rig.wire()) {
            wire.send(early(path, 1000) + "x");
            assertThat(wire.readResponse()).startsWith("HTTP/1.1 403 ");
            long start = System.nanoTime();
            assertThat(wire.readAll()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(800), Duration.ofSeconds(4));
        }
    }

    // ---- trailers ----

    @Test
    void rfc9110_6_5_requestTrailers_areNeitherPassedNorMerged() throws IOException {
        String seen = rig.seen(Rig.bytes("POST / HTTP/1.1~Host: a~Transfer-Encoding: chunked~Trailer: X-Sum~~"
                + "5~hello~0~X-Sum: 1~X-User-Id: 7~Content-Length: 3~~"));
        assertThat(seen)
                .endsWith("\r\n5\r\nhello\r\n0\r\n\r\n")
                .doesNotContain("X-Sum")
                .doesNotContain("X-User-Id");
    }

    @ParameterizedTest(name = "RFC 9110 6.5.1: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            asked for     | TE: trailers~Connection: TE~ | 0~X-Sum: 1~~
            not asked for | X: y~                        | 0~~
            asked for gzip | TE: gzip~                   | 0~~
            """)
    void rfc9110_6_5_1_responseTrailers_passOnlyToAClientThatSaidTe(String what, String field, String end)
            throws IOException {
        String path = Rig.newPath();
        rig.stage()
                .on(
                        path,
                        visit -> visit.write(Rig.bytes("HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~X-Sum: 1~"
                                + "Content-Length: 9~~")));
        try (Wire wire = rig.wire()) {
            wire.send(Rig.bytes("GET " + path + " HTTP/1.1~Host: a~" + field + "Connection: close~~"));
            String answer = wire.readAll();
            assertThat(answer).startsWith("HTTP/1.1 200").endsWith(Rig.bytes("~~5~hello~" + end));
            assertThat(answer.substring(0, answer.indexOf("\r\n\r\n"))).doesNotContain("X-Sum");
        }
    }

    @Test
    void rfc9112_7_1_3_chunksForAnHttp10Client_areUnwrapped() throws IOException {
        String path = Rig.newPath();
        rig.stage()
                .on(
                        path,
                        visit -> visit.write(Rig.bytes(
                                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5;x~hello~6~ world~0~X-Sum: 1~~")));
        try (Wire wire = rig.wire()) {
            String answer = wire.send("GET " + path + " HTTP/1.0\r\nConnection: keep-alive\r\nTE: trailers\r\n\r\n")
                    .readAll();
            assertThat(answer)
                    .contains("\r\nConnection: close\r\n")
                    .doesNotContain("chunked")
                    .endsWith("\r\n\r\nhello world");
        }
    }

    @Test
    void documentation_namesEveryTestOfARuleAndNoOther() throws IOException {
        Set<String> tests = new TreeSet<>();
        for (Class<?> rules : List.of(FramingIT.class, ResponsesIT.class, HeadersIT.class, LimitsIT.class)) {
            for (Method method : rules.getDeclaredMethods()) {
                if (method.getName().startsWith("rfc")) {
                    tests.add(method.getName());
                }
            }
        }
        String page = Files.readString(Path.of(System.getProperty("halftone.root", ".."), "docs", "http.md"));
        Set<String> named = Pattern.compile("`(rfc\\w+)`")
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).isEqualTo(tests);
    }
}
