package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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
}
