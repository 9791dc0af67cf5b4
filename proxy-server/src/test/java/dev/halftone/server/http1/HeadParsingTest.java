package dev.halftone.server.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadParsingTest {
    private static final HeadLimits LIMITS = OwnReading.LIMITS;

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String wire(String text) {
        return text.replace("~", "\r\n").replace("^", "\n").replace("@", "\0").replace("`", "\r");
    }

    @Test
    void request_ordinary_isUnderstood() {
        RequestHead head = new RequestHead(LIMITS);
        ByteBuf in = bytes(
                "POST /a/%7Eb/../c?x=1&user=%34 HTTP/1.1\r\nHost: Shop.example:81\r\nCookie: a=b; user_id=\"42\"\r\n"
                        + "X-User-Id:  7 \r\nContent-Length: 3\r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\n\r\nabc");
        assertThat(head.read(in)).isTrue();
        assertThat(head.fault()).isNull();
        assertThat(head.method().toString()).isEqualTo("POST");
        assertThat(head.path().toString()).isEqualTo("/a/c");
        assertThat(head.host().toString()).isEqualTo("Shop.example");
        assertThat(String.valueOf(head.cookie("user_id"))).isEqualTo("42");
        assertThat(String.valueOf(head.header("x-user-id"))).isEqualTo("7");
        assertThat(String.valueOf(head.query("user"))).isEqualTo("4");
        assertThat(head.contentLength()).isEqualTo(3);
        assertThat(head.isNamedByConnection(5)).isTrue();
        assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("abc");
    }

    @Test
    void request_halfReadAfterAnother_tellsNothingOfTheOther() {
        RequestHead head = new RequestHead(LIMITS);
        head.read(bytes("GET /first HTTP/1.1\r\nHost: a\r\n\r\n"));
        assertThat(head.isUnderstood()).isTrue();
        head.reset();
        assertThat(head.read(bytes("GET /second HT"))).isFalse();
        assertThat(head.isUnderstood()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/1.1~Host: a^~                                   | MALFORMED
            GET / HTTP/1.1^Host: a~~                                   | MALFORMED
            GET / HTTP/1.1~Host: a`b~~                                 | MALFORMED
            GET / HTTP/1.1~Host: a~X: a@b~~                            | MALFORMED
            GET / HTTP/1.1~Host: a~X : b~~                             | MALFORMED
            GET / HTTP/1.1~Host: a~: b~~                               | MALFORMED
            GET / HTTP/1.1~Host: a~X: b~ c~~                           | MALFORMED
            GET / HTTP/1.1~~                                           | MALFORMED
            GET  / HTTP/1.1~Host: a~~                                  | MALFORMED
            GET / HTTP/1.1 ~Host: a~~                                  | MALFORMED
            GET / http/1.1~Host: a~~                                   | MALFORMED
            GET / HtTP/1.1~Host: a~~                                   | MALFORMED
            GET /#f HTTP/1.1~Host: a~~                                 | MALFORMED
            GET http://b/ HTTP/1.1~Host: a~~                           | MALFORMED
            GET /%2f HTTP/1.1~Host: a~~                                | MALFORMED
            GET / HTTP/2.0~Host: a~~                                   | UNSUPPORTED_VERSION
            CONNECT a:1 HTTP/1.1~Host: a~~                             | METHOD_NOT_ALLOWED
            GET / HTTP/1.1~Host: a@b~~                                 | MALFORMED
            GET / HTTP/1.1~Host: u;x=1/a~~                             | MALFORMED
            GET / HTTP/1.1~Host: a,b~~                                 | MALFORMED
            GET / HTTP/1.1~Host: a:1:2~~                               | MALFORMED
            GET / HTTP/1.1~Host: a:65536~~                             | MALFORMED
            GET / HTTP/1.1~Host: :80~~                                 | MALFORMED
            GET / HTTP/1.1~Host: a[b~~                                 | MALFORMED
            GET / HTTP/1.1~Host: []~~                                  | MALFORMED
            GET / HTTP/1.1~Host: a%2eb~~                               | MALFORMED
            GET /é HTTP/1.1~Host: a~~                             | MALFORMED
            GET * HTTP/1.1~Host: a~~                                   | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length: 5,5~~               | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length: +5~~                | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length:~~                   | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length: 9999999999999999999~~ | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length: 5~Content-Length: 5~~ | MALFORMED
            GET / HTTP/1.1~Host: a~Content-Length: 5~Transfer-Encoding: chunked~~ | MALFORMED
            GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked, chunked~~ | MALFORMED
            GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked~Transfer-Encoding: chunked~~ | MALFORMED
            GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip~~           | UNSUPPORTED_CODING
            GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked~~  | UNSUPPORTED_CODING
            GET / HTTP/1.1~Host: a~Transfer-Encoding: xchunked~~       | UNSUPPORTED_CODING
            GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked, gzip~~  | MALFORMED
            GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked;q=1~~    | MALFORMED
            GET / HTTP/1.1~Host: a~Transfer-Encoding:~~                | MALFORMED
            GET / HTTP/1.0~Transfer-Encoding: gzip~~                   | MALFORMED
            GET / HTTP/1.0~Transfer-Encoding: chunked~~                | MALFORMED
            GET / HTTP/1.1~Host: a~Expect: magic~~                     | UNSUPPORTED_EXPECTATION
            """)
    void request_bad_isRefused(String text, Fault fault) {
        RequestHead head = new RequestHead(LIMITS);
        assertThat(head.read(bytes(wire(text)))).isTrue();
        assertThat(head.fault()).isEqualTo(fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/1.1~Host: [::1]:8080~~                 | /        | [::1]
            GET / HTTP/1.1~Host: a:65535~~                    | /        | a
            GET / HTTP/1.1~Host: a:~~                         | /        | a
            OPTIONS * HTTP/1.1~Host: a~~                      | *        | a
            OPTIONS http://a HTTP/1.1~Host: a~~               | *        | a
            GET http://a:81?x HTTP/1.1~Host: a:81~~           | /?x      | a
            """)
    void request_target_isBroughtToItsForm(String text, String target, String host) {
        RequestHead head = new RequestHead(LIMITS);
        assertThat(head.read(bytes(wire(text)))).isTrue();
        assertThat(head.detail()).isEmpty();
        assertThat(head.target().toString()).isEqualTo(target);
        assertThat(head.path().toString()).isEqualTo("/");
        assertThat(head.host().toString()).isEqualTo(host);
    }

    @ParameterizedTest
    @CsvSource({"HtTP/1.1 200 OK~~", "HTTp/1.1 200 OK~~", "HTTP/1.2 200 OK~~", "HTTP/1.1 20 OK~~", "HTTP/1.1 600 OK~~"})
    void response_badStatusLine_isRefused(String text) {
        ResponseHead head = new ResponseHead(LIMITS);
        assertThat(head.read(bytes(wire(text)))).isTrue();
        assertThat(head.fault()).isEqualTo(Fault.MALFORMED);
    }

    @Test
    void request_tooLarge_isRefusedBeforeItIsComplete() {
        RequestHead line = new RequestHead(LIMITS);
        assertThat(line.read(bytes("GET /" + "a".repeat(300)))).isTrue();
        assertThat(line.fault()).isEqualTo(Fault.START_LINE_TOO_LONG);
        RequestHead fields = new RequestHead(LIMITS);
        assertThat(fields.read(bytes("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(2100))))
                .isTrue();
        assertThat(fields.fault()).isEqualTo(Fault.HEADERS_TOO_LARGE);
        RequestHead count = new RequestHead(LIMITS);
        assertThat(count.read(bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n".repeat(30))))
                .isTrue();
        assertThat(count.fault()).isEqualTo(Fault.HEADERS_TOO_LARGE);
    }

    /** The limit counts no line end, wherever the network cuts it. */
    @ParameterizedTest
    @CsvSource({"186, 0", "1, 1991"})
    void request_asLongAsAllowed_isUnderstoodHoweverItIsCut(int path, int value) {
        String field = value == 0 ? "" : "X: " + "a".repeat(value - 5) + "\r\n";
        String text = "GET /" + "a".repeat(path) + " HTTP/1.1\r\nHost: a\r\n" + field + "\r\n";
        assertThat(HeadReading.request(Message.bytes(text))).isTrue();
    }

    /** Netty, for one, gives a request with both a body of eight bytes, which would be the head of the next. */
    @Test
    void request_keysOfOldWebSocketDraft_endHere() {
        byte[] request =
                Message.bytes("GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key1: 1\r\nsec-websocket-key2: 2\r\n\r\n");
        try (NettyReading netty = NettyReading.ofRequests()) {
            assertThatThrownBy(() -> netty.message(request, 0, request.length)).hasMessageContaining("ends later");
        }
        RequestHead head = new RequestHead(LIMITS);
        head.read(Unpooled.wrappedBuffer(request));
        assertThat(head.kind(1)).isEqualTo(FieldKind.HOP_BY_HOP);
        assertThat(head.kind(2)).isEqualTo(FieldKind.HOP_BY_HOP);
    }

    @Test
    void chunks_endlessFraming_isRefused() {
        assertThat(scanned("1;" + "a".repeat(1100), true).fault()).isEqualTo("chunk extension");
        assertThat(scanned("0\r\n" + "X: y\r\n".repeat(1500), true).fault()).isEqualTo("trailers too large");
    }

    /** Mutated requests, cut at random places: the cuts change nothing, and what is accepted Netty reads as we do. */
    @Test
    void request_randomBytesAndSplits_meanTheSameAndNettyAgrees() {
        Random random = new Random(20261124);
        String[] seeds = {
            "GET /a?b=c HTTP/1.1\r\nHost: x.example:8080\r\nCookie: user_id=1; b=2\r\nAccept: */*\r\n\r\n",
            "\r\nPOST /%41/../b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n",
            "PUT http://a/x HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nConnection: close, X-Y\r\nX-Y: \t1 \r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\nX_Forwarded_For: 1\r\n\r\n",
        };
        String alphabet = "\r\n\0\t :;,/%.?#aZ0_-\u007f\u00e9\\\"(";
        int accepted = 0;
        for (int round = 0; round < 60_000; round++) {
            StringBuilder text = new StringBuilder(seeds[random.nextInt(seeds.length)]);
            for (int edits = random.nextInt(4); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, c);
                    case 1 -> text.insert(at, c);
                    default -> text.deleteCharAt(at);
                }
            }
            accepted += HeadReading.request(Message.bytes(text.toString())) ? 1 : 0;
        }
        assertThat(accepted).isGreaterThan(10_000);
    }

    private static ChunkReading scanned(String body, boolean framing) {
        return ChunkReading.scan(Cuts.some(Message.bytes(body)), framing);
    }

    @Test
    void chunks_anySplit_passDataAndLoseExtensions() {
        Random random = new Random(7);
        for (int round = 0; round < 5_000; round++) {
            StringBuilder body = new StringBuilder();
            StringBuilder framed = new StringBuilder();
            StringBuilder data = new StringBuilder();
            for (int chunk = random.nextInt(4); chunk > 0; chunk--) {
                String text = "d\r\n".repeat(1 + random.nextInt(20));
                String size = Integer.toHexString(text.length());
                body.append(size)
                        .append(random.nextBoolean() ? ";a=\"b;c\"" : "")
                        .append("\r\n")
                        .append(text)
                        .append("\r\n");
                framed.append(size).append("\r\n").append(text).append("\r\n");
                data.append(text);
            }
            String trailer = random.nextBoolean() ? "X-Sum: 1\r\n" : "";
            body.append("0\r\n").append(trailer).append("\r\n");
            framed.append("0\r\n").append(trailer).append("\r\n");
            assertThat(scanned(body.toString(), true).passed()).isEqualTo(framed.toString());
            assertThat(scanned(body.toString(), false).passed()).isEqualTo(data.toString());
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            5^hello~0~~
            5~hello^0~~
            5~helloo~0~~
            g~
            ~
            -1~
            0x5~hello~0~~
            5 ~hello~0~~
            1000000000000000~
            5;a^b~hello~0~~
            5;~hello~0~~
            5;a=~hello~0~~
            5;a="~hello~0~~
            5;a="b"c~hello~0~~
            5;a b~hello~0~~
            5;é~hello~0~~
            0~X : y~~
            0~X: y^~
            """)
    void chunks_badFraming_isRefused(String body) {
        assertThat(scanned(wire(body), true).fault()).isNotEmpty();
    }

    @Test
    void trailers_framingFields_doNotPass() {
        ChunkScanner scanner = new ChunkScanner();
        scanner.reset(true);
        ByteBuf in = bytes("0\r\nX-Sum: 1\r\nContent-Length: 3\r\nHost: b\r\n\r\n");
        scanner.scan(in).release();
        scanner.scan(in).release();
        ByteBuf passed = scanner.trailers();
        assertThat(passed).isNotNull();
        assertThat(String.valueOf(passed == null ? "" : passed.toString(StandardCharsets.ISO_8859_1)))
                .isEqualTo("X-Sum: 1\r\n\r\n");
    }

    /** Found by fuzzing: each body with trailers kept a direct buffer for ever. */
    @Test
    void trailers_manyBodies_keepNoMemory() {
        ChunkScanner scanner = new ChunkScanner();
        long before = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        for (int i = 0; i < 1000; i++) {
            scanner.reset(true);
            ByteBuf in = bytes("0\r\nX-Sum: 1\r\n\r\n");
            scanner.scan(in).release();
            scanner.scan(in).release();
            ByteBuf passed = scanner.trailers();
            assertThat(passed).isNotNull();
            if (passed != null) {
                passed.release();
            }
        }
        assertThat(UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
                .isLessThan(100_000);
    }
}
