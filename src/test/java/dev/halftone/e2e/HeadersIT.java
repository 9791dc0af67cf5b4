package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Header fields, paths and user keys: what a client can say to the services behind the proxy, and what it cannot. */
class HeadersIT {
    private static final Pattern PROTECTED =
            Pattern.compile("halftone_protected_connection_tokens_total\\{listener=\"web\"} (\\d+)\\.");

    @TempDir
    static Path folder;

    private static Rig rig;
    /** Believes a few networks, and takes encoded slashes. */
    private static Rig trusting;

    @BeforeAll
    static void start() throws IOException {
        rig = Rig.start(
                Files.createDirectory(folder.resolve("strict")),
                new Rig.Additions(
                        "",
                        "",
                        "    requestHeaders: {set: {X-Gate: ours}, remove: [X-Internal]}\n"
                                + "    responseHeaders: {set: {X-Out: set}, remove: [X-Powered-By]}\n",
                        "",
                        "  - {name: moved, match: {path: {prefix: /old}}, stable: stage, rewrite: {path: {prefix: /new/}}}\n"));
        trusting = Rig.start(
                Files.createDirectory(folder.resolve("trusting")),
                new Rig.Additions(
                        ", trustedProxies: [127.0.0.0/8, 10.0.0.0/8], allowEncodedSlash: true",
                        "",
                        "",
                        "",
                        "  - {name: below, match: {path: {prefix: /one}}, stable: stage}\n"));
    }

    @AfterAll
    static void stop() throws IOException {
        rig.close();
        trusting.close();
    }

    private static String seen(String fields) throws IOException {
        return rig.seen(Rig.bytes("GET /x HTTP/1.1~Host: a~" + fields + "~"));
    }

    private static long protectedTokens() throws Exception {
        Matcher matcher = PROTECTED.matcher(rig.halftone().metrics());
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    // ---- hop by hop ----

    @Test
    void rfc9110_7_6_1_hopByHopFieldsAndWhatConnectionNames_areRemovedFromRequests() throws IOException {
        String seen =
                seen("connection: x-ONE, X-Two ,,X-Request-Start~X-One: 1~x-tWO: 2~X-REQUEST-START: 3~Connection: X-Three~"
                                + "X-Three: 3~Keep-Alive: timeout=5~Proxy-Connection: keep-alive~Proxy-Authorization: Basic eDp5~TE: gzip~"
                                + "Trailer: X-Sum~Upgrade: x~HTTP2-Settings: y~X-Stays: 4~")
                        .toLowerCase(Locale.ROOT);
        assertThat(seen).contains("\r\nx-stays: 4\r\n");
        for (String gone : List.of(
                "x-one",
                "x-two",
                "x-three",
                "x-request-start",
                "keep-alive",
                "proxy-",
                "\r\nte:",
                "trailer",
                "upgrade",
                "http2-")) {
            assertThat(seen).doesNotContain(gone);
        }
    }

    @Test
    void rfc9110_7_6_1_hopByHopFieldsAndWhatConnectionNames_areRemovedFromAnswers() throws IOException {
        String path = Rig.newPath();
        rig.stage()
                .on(
                        path,
                        visit -> visit.write(
                                Rig.bytes("HTTP/1.1 200 OK~connection: X-one~X-One: 1~Keep-Alive: timeout=5~"
                                        + "Proxy-Authenticate: Basic~Upgrade: h2c~Trailer: X~X-Halftone-Version: canary~X-Stays: 4~"
                                        + "X-Out: theirs~X-Powered-By: x~Content-Length: 2~~ok")));
        try (Wire wire = rig.wire()) {
            String answer =
                    wire.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            assertThat(answer)
                    .contains("\r\nX-Stays: 4\r\n", "\r\nX-Out: set\r\n")
                    .endsWith("ok");
            for (String gone : List.of(
                    "connection",
                    "x-one",
                    "keep-alive",
                    "proxy-",
                    "upgrade",
                    "trailer",
                    "x-halftone",
                    "theirs",
                    "x-powered")) {
                assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain(gone);
            }
        }
    }

    @Test
    void rfc9110_7_6_1_connectionThatNamesProtectedFields_isIgnoredAndCounted() throws Exception {
        long before = protectedTokens();
        String seen = seen("Connection: Host, content-LENGTH, X-Forwarded-For, X-Forwarded-Proto, x-forwarded-host, "
                + "X-Forwarded-Port, Forwarded~Connection: X-Real-IP, X-Request-Id, traceparent, Cookie, AUTHORIZATION, "
                + "X-Halftone-Version, X-Gone, close~X-Gone: 1~Cookie: a=b~Authorization: Basic eDp5~X-Request-Id: mine~"
                + "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01~");
        assertThat(seen)
                .contains(
                        "\r\nHost: a\r\n",
                        "\r\nX-Forwarded-For: 127.0.0.1\r\n",
                        "\r\nX-Forwarded-Proto: http\r\n",
                        "\r\nX-Forwarded-Host: a\r\n",
                        "\r\nX-Real-IP: 127.0.0.1\r\n",
                        "\r\nX-Request-Id: mine\r\n",
                        "\r\ntraceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n",
                        "\r\nCookie: a=b\r\n",
                        "\r\nAuthorization: Basic eDp5\r\n",
                        "\r\nX-Halftone-Version: stable\r\n")
                .doesNotContain("X-Gone");
        assertThat(protectedTokens()).isEqualTo(before + 13);
        seen("Connection: keep-alive, X-Gone~");
        assertThat(protectedTokens()).isEqualTo(before + 13);
    }

    @Test
    void rfc9112_6_3_connectionThatNamesContentLength_doesNotChangeTheFraming() throws IOException {
        assertThat(rig.seen(Rig.bytes("POST /x HTTP/1.1~Host: a~Connection: Content-Length~Content-Length: 5~~hello")))
                .contains("\r\nContent-Length: 5\r\n")
                .endsWith("\r\n\r\nhello");
    }

    // ---- who the client is ----

    @Test
    void rfc7239_8_1_forwardingFieldsOfAClient_areDroppedAndRewritten() throws IOException {
        String seen = seen(
                "X-Forwarded-For: 6.6.6.6~x-forwarded-FOR: 10.0.0.1~X-Forwarded-Proto: https~X-Forwarded-Host: evil~"
                        + "X-Forwarded-Port: 666-theirs~X-Forwarded-Server: evil~X-Forwarded-Prefix: /evil~Forwarded: for=6.6.6.6~X-Real-IP: 6.6.6.6~"
                        + "X-Halftone-Route: evil~X-Halftone-Anything: evil~");
        assertThat(seen)
                .contains(
                        "\r\nX-Forwarded-For: 127.0.0.1\r\n",
                        "\r\nX-Forwarded-Proto: http\r\n",
                        "\r\nX-Forwarded-Host: a\r\n",
                        "\r\nX-Real-IP: 127.0.0.1\r\n",
                        "\r\nX-Halftone-Route: shop\r\n")
                .doesNotContain("evil")
                .doesNotContain("6.6.6.6")
                .doesNotContain("666-theirs")
                .doesNotContain("\r\nForwarded");
        assertThat(seen.split("(?i)\r\nx-forwarded-for:", -1)).hasSize(2);
    }

    @ParameterizedTest(name = "RFC 7239 8.1: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            one hop                       | 6.6.6.6                       | 6.6.6.6
            rightmost that is not trusted | 6.6.6.6, 7.7.7.7, 10.0.0.9    | 7.7.7.7
            private is not trusted so     | 6.6.6.6, 192.168.0.1          | 192.168.0.1
            nor is loopback of others     | 6.6.6.6, ::1                  | 0:0:0:0:0:0:0:1
            all are trusted               | 10.0.0.1, 10.0.0.2            | 10.0.0.1
            no address                    | 6.6.6.6, unknown, 10.0.0.2    | 10.0.0.2
            with a port                   | 6.6.6.6, 7.7.7.7:80           | 127.0.0.1
            """)
    void rfc7239_8_1_behindATrustedProxy_theRightmostUntrustedHopIsTheClient(String what, String chain, String client)
            throws IOException {
        String seen = trusting.seen(Rig.bytes("GET /x HTTP/1.1~Host: a~X-Forwarded-For: " + chain
                + "~X-Forwarded-Proto: https~X-Forwarded-Host: shop~X-Real-IP: 6.6.6.6~Forwarded: for=6.6.6.6~~"));
        String address = client.equals("0:0:0:0:0:0:0:1") ? "::1" : client;
        assertThat(seen)
                .contains(
                        "\r\nX-Forwarded-For: " + chain + ", 127.0.0.1\r\n",
                        "\r\nX-Real-IP: " + address + "\r\n",
                        "\r\nX-Forwarded-Proto: https\r\n",
                        "\r\nX-Forwarded-Host: shop\r\n")
                .doesNotContain("\r\nForwarded");
        assertThat(seen.split("X-Real-IP", -1)).hasSize(2);
    }

    @ParameterizedTest(name = "RFC 9110 5.1: {0} is dropped")
    @CsvSource({
        "X_Forwarded_For",
        "X.Forwarded.For",
        "x-forwarded_proto",
        "X_Forwarded_Port",
        "X_Real_IP",
        "X_Halftone_Version",
        "X-Halftone_Route",
        "X_Request_Id",
        "Content_Length",
        "Transfer_Encoding",
        "Transfer.Encoding",
        "Proxy_Connection",
        "Proxy_Authorization",
        "X_User_Id",
        "X.User.Id",
        "x-user_ID",
        "X_Gate",
        "X.Gate",
        "X_Internal"
    })
    void rfc9110_5_1_namesThatCollapseToAProtectedOne_areDropped(String name) throws IOException {
        assertThat(seen(name + ": evil~X_Own: kept~My.Name: kept~").toLowerCase(Locale.ROOT))
                .doesNotContain("evil")
                .contains("\r\nx_own: kept\r\n", "\r\nmy.name: kept\r\n", "\r\nx-gate: ours\r\n");
    }

    // ---- what the configuration may write ----

    /** One file with a bad route for each row: {@code check} tells all problems at once. */
    private static List<String> problems(List<String[]> rows) throws Exception {
        StringBuilder yaml = new StringBuilder("""
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams: [{name: stage, endpoints: [{address: "127.0.0.1:1"}]}]
                routes:
                """);
        for (int i = 0; i < rows.size(); i++) {
            yaml.append("  - {name: r").append(i).append(", match: {path: {prefix: /}}, stable: stage, ");
            yaml.append(rows.get(i)[0]).append("}\n");
        }
        Path file = Files.writeString(folder.resolve("bad.yaml"), yaml);
        Halftone.Ended ended = Halftone.run(folder, "check", "-c", file.toString());
        assertThat(ended.status()).as(ended.out() + ended.err()).isEqualTo(2);
        return (ended.out() + ended.err()).lines().toList();
    }

    @Test
    void rfc9110_5_5_configurationThatWouldInject_isRefusedByCheck() throws Exception {
        List<String[]> rows = List.of(
                new String[] {"requestHeaders: {set: {X-A: \"b\\r\\nX-C: d\"}}", "requestHeaders.set.X-A"},
                new String[] {"requestHeaders: {set: {X-A: \"b\\nX-C: d\"}}", "requestHeaders.set.X-A"},
                new String[] {"requestHeaders: {set: {X-A: \"b\\0\"}}", "requestHeaders.set.X-A"},
                new String[] {"responseHeaders: {set: {X-A: \"b\\r\\nX-C: d\"}}", "responseHeaders.set.X-A"},
                new String[] {"responseHeaders: {set: {X-A: \"\\u010d\\u010a\"}}", "responseHeaders.set.X-A"},
                new String[] {"requestHeaders: {set: {\"X\\r\\nY\": b}}", "requestHeaders.set"},
                new String[] {"requestHeaders: {set: {\"X: y\": b}}", "requestHeaders.set"},
                new String[] {"requestHeaders: {set: {\"\": b}}", "requestHeaders.set"},
                new String[] {"requestHeaders: {remove: [\"X Y\"]}", "requestHeaders.remove"},
                new String[] {"requestHeaders: {set: {Content-Length: \"3\"}}", "requestHeaders.set"},
                new String[] {"responseHeaders: {set: {transfer-encoding: chunked}}", "responseHeaders.set"},
                new String[] {"rewrite: {host: \"a\\r\\nX: y\"}", "rewrite.host"},
                new String[] {"rewrite: {host: \"a b\"}", "rewrite.host"},
                new String[] {"rewrite: {host: \"u@a\"}", "rewrite.host"},
                new String[] {"rewrite: {path: {prefix: \"/a\\r\\nX: y\"}}", "rewrite.path.prefix"},
                new String[] {"rewrite: {path: {prefix: \"/a HTTP/1.1\"}}", "rewrite.path.prefix"});
        List<String> problems = problems(rows);
        for (int i = 0; i < rows.size(); i++) {
            String place = "routes[" + i + "]." + rows.get(i)[1];
            assertThat(problems).as(rows.get(i)[0]).anyMatch(problem -> problem.contains(place));
        }
    }

    // ---- paths ----

    @ParameterizedTest(name = "RFC 3986 {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            2.1   | /a%00b
            2.1   | /%00
            2.2   | /a%2Fb
            2.2   | /a%2fb
            2.2   | /a%5Cb
            2.2   | /a%5cb
            2.2   | /a\\b
            2.1   | /a%
            2.1   | /a%2
            2.1   | /a%zz
            2.1   | /%u002fa
            5.2.4 | /..
            5.2.4 | /../a
            5.2.4 | /a/../..
            5.2.4 | /a/../../b
            5.2.4 | /%2e%2e/a
            5.2.4 | /.%2e/a
            5.2.4 | /a/%2e%2e/%2e./b
            5.2.4 | //../a
            """)
    void rfc3986_2_2_pathThatCouldMeanTwoThings_is400AndCloses(String section, String path) throws IOException {
        rig.refuses("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    }

    @Test
    void rfc3986_6_2_2_paths_areNormalisedForMatchingAndForwardedRaw() throws IOException {
        for (String raw : List.of("/a/./b//../%63?x=%2F%00/../..", "/%7Euser/%41", "/a/..;x/b")) {
            assertThat(rig.seen("GET " + raw + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("GET " + raw + " HTTP/1.1\r\n");
        }
        assertThat(trusting.seen("GET /x/../%6fne/a HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("GET /x/../%6fne/a HTTP/1.1\r\n")
                .contains("\r\nX-Halftone-Route: below\r\n");
    }

    @Test
    void rfc3986_2_2_encodedSlash_whereItIsAllowedIsAnOrdinaryCharacter() throws IOException {
        assertThat(trusting.seen("GET /one%2Ftwo%5cthree HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("GET /one%2Ftwo%5cthree HTTP/1.1\r\n")
                .contains("\r\nX-Halftone-Route: shop\r\n");
        assertThat(trusting.seen("GET /one/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n"))
                .contains("\r\nX-Halftone-Route: below\r\n");
        trusting.refuses("GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        trusting.refuses("GET /a%2f/../.. HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    }

    @ParameterizedTest(name = "RFC 3986 5.2.4: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            /old/a?b=/old/../c | /new/a?b=/old/../c
            /old               | /new/
            /old/../old/a      | /new/a
            /x/%2e%2e/old/a    | /new/a
            /old/b/../../old/c | /new/c
            /%6fld/a           | /new/a
            """)
    void rfc3986_5_2_4_rewrittenPath_neverLeavesItsPrefix(String sent, String forwarded) throws IOException {
        assertThat(rig.seen("GET " + sent + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("GET " + forwarded + " HTTP/1.1\r\n");
    }

    // ---- user keys ----

    private static boolean isCanary(String fields) throws IOException {
        return seen(fields).contains("\r\nX-Halftone-Version: canary\r\n");
    }

    @Test
    void rfc6265_5_4_userKeyBeyond256Bytes_isTreatedAsMissing() throws IOException {
        List<Boolean> within = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            within.add(isCanary("X-User-Id: " + "k".repeat(254) + (10 + i) + "~"));
            assertThat(isCanary("X-User-Id: " + "k".repeat(255) + (10 + i) + "~"))
                    .isFalse();
            assertThat(isCanary("Cookie: user_id=" + "k".repeat(255) + (10 + i) + "~"))
                    .isFalse();
        }
        assertThat(within).contains(true);
    }

    @Test
    void rfc6265_4_2_1_doubledCookies_theFirstCounts() throws IOException {
        String stable = "";
        String canary = "";
        for (int i = 0; stable.isEmpty() || canary.isEmpty(); i++) {
            if (isCanary("Cookie: user_id=u" + i + "~")) {
                canary = "user_id=u" + i;
            } else {
                stable = "user_id=u" + i;
            }
        }
        assertThat(isCanary("Cookie: " + canary + "; " + stable + "~")).isTrue();
        assertThat(isCanary("Cookie: " + stable + "; " + canary + "~")).isFalse();
        assertThat(isCanary("Cookie: " + canary + "~Cookie: " + stable + "~")).isTrue();
        assertThat(isCanary("Cookie: " + stable + "~Cookie: " + canary + "~")).isFalse();
        assertThat(isCanary("Cookie: USER_ID=x; " + canary + "; " + stable + "~"))
                .isTrue();
    }
}
