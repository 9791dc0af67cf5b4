package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** W3C Trace Context through the proxy, over raw sockets; each test names the section. */
class TracingIT {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";
    private static final String VALID = "00-" + TRACE + "-" + PARENT + "-01";
    private static final Pattern TRACEPARENT = Pattern.compile("\r\ntraceparent: ([^\r]*)", Pattern.CASE_INSENSITIVE);

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = Rig.start(
                Files.createDirectory(folder.resolve("plain")),
                new Rig.Additions(
                        "",
                        "",
                        "",
                        "accessLog: {path: access.log}\n",
                        "  - {name: fresh, match: {path: {prefix: /fresh}}, stable: stage, requestHeaders: {remove: [traceparent]}}\n"
                                + "  - {name: own, match: {path: {prefix: /own}}, stable: stage, requestHeaders: {set: {Traceparent: ours}}}\n"));
    }

    @AfterAll
    static void stop() throws IOException {
        rig.close();
    }

    private static String seen(String path, String fields) throws IOException {
        return rig.seen(Rig.bytes("GET " + path + " HTTP/1.1~Host: a~" + fields + "~"));
    }

    /** The one traceparent that the upstream got. */
    private static String traceparent(String seen) {
        List<String> all =
                TRACEPARENT.matcher(seen).results().map(found -> found.group(1)).toList();
        assertThat(all).as(seen).hasSize(1);
        return all.get(0);
    }

    private static void assertNew(String seen) {
        assertThat(traceparent(seen))
                .matches("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00")
                .doesNotContain(TRACE);
        assertThat(seen.toLowerCase(java.util.Locale.ROOT)).doesNotContain("tracestate");
    }

    @Test
    void traceContext_4_3_validTraceparent_passesAsItIsWithItsState() throws IOException {
        String seen = seen("/x", "TraceParent: " + VALID + "~tracestate: a=1~Tracestate: b=2~");
        assertThat(traceparent(seen)).isEqualTo(VALID);
        assertThat(seen).contains("\r\ntracestate: a=1\r\n", "\r\nTracestate: b=2\r\n");
    }

    @Test
    void traceContext_3_2_4_laterVersion_passesAsItIs() throws IOException {
        String later = "cc-" + TRACE + "-" + PARENT + "-01-what";
        assertThat(traceparent(seen("/x", "traceparent: " + later + "~"))).isEqualTo(later);
    }

    @Test
    void traceContext_4_2_noTraceparent_beginsATraceWithoutState() throws IOException {
        String first = seen("/x", "tracestate: a=1~");
        assertNew(first);
        assertThat(traceparent(seen("/x", ""))).isNotEqualTo(traceparent(first));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-00000000000000000000000000000000-" + PARENT + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-" + TRACE + "-" + PARENT + "-01-more",
                "00-" + TRACE + "-" + PARENT + "-1",
                VALID + "," + VALID,
                "00-0AF7651916CD43DD8448EB211C80319C-" + PARENT + "-01"
            })
    void traceContext_3_2_2_invalidTraceparent_isReplacedAndItsStateDropped(String value) throws IOException {
        assertNew(seen("/x", "traceparent: " + value + "~tracestate: a=1~"));
    }

    @Test
    void traceContext_4_3_moreThanOneTraceparent_isAsIfThereWereNone() throws IOException {
        assertNew(seen("/x", "traceparent: " + VALID + "~traceparent: " + VALID + "~tracestate: a=1~"));
    }

    @Test
    void traceContext_routeThatRemovesIt_beginsATrace() throws IOException {
        assertNew(seen("/fresh", "traceparent: " + VALID + "~tracestate: a=1~"));
    }

    @Test
    void traceContext_routeThatSetsIts_hasOnlyThat() throws IOException {
        assertThat(traceparent(seen("/own", "traceparent: " + VALID + "~"))).isEqualTo("ours");
        assertThat(traceparent(seen("/own", ""))).isEqualTo("ours");
    }

    @Test
    void accessLog_eachRequest_hasTheTracesIdentifier() throws IOException {
        seen("/log-given", "traceparent: " + VALID + "~");
        Matcher made = TRACEPARENT.matcher(seen("/log-made", ""));
        assertThat(made.find()).isTrue();
        assertThat(logged("/log-given")).isEqualTo(TRACE);
        assertThat(logged("/log-made")).isEqualTo(made.group(1).substring(3, 35));
    }

    private static String logged(String path) {
        Path log = folder.resolve("plain").resolve("access.log");
        return Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(
                        () -> {
                            for (String line : Files.readAllLines(log)) {
                                if (line.contains("\"path\":\"" + path)) {
                                    return new ObjectMapper()
                                            .readTree(line)
                                            .get("traceId")
                                            .asText();
                                }
                            }
                            return "";
                        },
                        found -> !found.isEmpty());
    }

    // ---- spans ----

    private static String tracing(String otlp, String ratio) {
        return "tracing: {otlp: \"" + otlp + "\", sampleRatio: " + ratio + ", serviceName: edge}\n";
    }

    private static OtlpReceiver.Span span(OtlpReceiver receiver, String trace) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(
                        () -> receiver.spans().stream()
                                .filter(span -> span.trace().equals(trace))
                                .toList(),
                        found -> found.size() == 1)
                .get(0);
    }

    @Test
    void spans_ofSampledRequests_haveTheRightParentAndPassOnTheirOwnIdentifier(@TempDir Path own) throws Exception {
        try (OtlpReceiver receiver = new OtlpReceiver();
                Rig traced = Rig.start(own, new Rig.Additions("", "", "", tracing(receiver.address(), "1"), ""))) {
            String unsampled = VALID.substring(0, VALID.length() - 2) + "00";
            String other = unsampled.replace("0af7", "1af7");
            assertThat(traceparent(traced.seen(Rig.bytes("GET / HTTP/1.1~Host: a~traceparent: " + other + "~~"))))
                    .isEqualTo(other);
            String seen = traced.seen(Rig.bytes(
                    "GET /p?secret=1 HTTP/1.1~Host: a~traceparent: " + VALID + "~tracestate: a=1~Cookie: user_id=7~~"));
            String passed = traceparent(seen);
            assertThat(passed).startsWith("00-" + TRACE + "-").endsWith("-01").isNotEqualTo(VALID);
            assertThat(seen).contains("\r\ntracestate: a=1\r\n");
            OtlpReceiver.Span span = span(receiver, TRACE);
            assertThat(span.parent()).isEqualTo(PARENT);
            assertThat(span.id()).isEqualTo(passed.substring(36, 52));
            assertThat(span.name()).isEqualTo("GET shop");
            assertThat(span.kind()).isEqualTo(2);
            assertThat(span.nanos()).isBetween(1L, 10_000_000_000L);
            assertThat(span.status()).isZero();
            assertThat(span.resource()).containsEntry("service.name", "edge");
            assertThat(span.attributes())
                    .containsEntry("http.request.method", "GET")
                    .containsEntry("http.response.status_code", "200")
                    .containsEntry("url.path", "/p")
                    .containsEntry("halftone.route", "shop")
                    .containsEntry("halftone.release", "v2")
                    .containsEntry("halftone.reason", "ratio")
                    .containsEntry("halftone.attempts", "1")
                    .containsEntry("halftone.rescued", "0");
            String begun = traceparent(traced.seen(Rig.bytes("GET / HTTP/1.1~Host: a~~")));
            assertThat(begun).endsWith("-01");
            OtlpReceiver.Span first = span(receiver, begun.substring(3, 35));
            assertThat(first.parent()).isEmpty();
            assertThat(first.id()).isEqualTo(begun.substring(36, 52));
            assertThat(receiver.spans()).noneMatch(one -> one.trace().startsWith("1af7"));
            assertThat(traced.halftone().metrics()).contains("halftone_spans_total{result=\"exported\"} 2.0");
        }
    }

    @Test
    void span_ofARescuedRequest_countsAttempts_andMetricsNameTheTrace(@TempDir Path own) throws Exception {
        try (OtlpReceiver receiver = new OtlpReceiver();
                Nginx nginx = Nginx.start(own, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(
                        own,
                        Halftone.yaml(nginx.port(), Nginx.freePort(), 100)
                                + "      rescue: {on: [connectError], budgetPercent: 100}\n      analysis: {checks: []}\n"
                                + tracing(receiver.address(), "0"));
                Wire wire = new Wire(halftone.web())) {
            wire.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: user_id=1\r\ntraceparent: " + VALID + "\r\n\r\n")
                    .readResponse();
            assertThat(span(receiver, TRACE).attributes())
                    .containsEntry("halftone.attempts", "2")
                    .containsEntry("halftone.rescued", "1")
                    .containsEntry("halftone.reason", "rescue")
                    .containsEntry("halftone.upstream", "shop-v1");
            String plain = VALID.replace("0af7", "2af7");
            wire.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: " + plain + "\r\n\r\n")
                    .readResponse();
            String id = span(receiver, plain.substring(3, 35)).id();
            HttpRequest scrape = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + halftone.admin() + "/metrics"))
                    .header("Accept", "application/openmetrics-text")
                    .build();
            String page = HttpClient.newHttpClient()
                    .send(scrape, HttpResponse.BodyHandlers.ofString())
                    .body();
            assertThat(page)
                    .containsPattern("halftone_request_duration_seconds_bucket\\{[^}]*} \\S+ # \\{span_id=\"" + id
                            + "\",trace_id=\"" + plain.substring(3, 35) + "\"}");
        }
    }

    @Test
    void spans_receiverIsDead_requestsGoOnAndFailuresAreCounted(@TempDir Path own) throws Exception {
        String dead = "http://127.0.0.1:" + Nginx.freePort() + "/v1/traces";
        try (Rig traced = Rig.start(own, new Rig.Additions("", "", "", tracing(dead, "1"), ""));
                Wire wire = traced.wire()) {
            long begun = System.nanoTime();
            for (int i = 0; i < 300; i++) {
                wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(wire.readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !traced.halftone().metrics().contains("halftone_spans_total{result=\"failed\"} 0.0"));
            assertThat(traced.halftone().log()).contains("spans cannot be sent: 127.0.0.1:");
            traced.fence();
        }
    }
}
