package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** One proxy with one event loop and one upstream that plays scenes: enough for all tests of a class. */
final class Rig implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Stage stage;
    private final Halftone halftone;

    private Rig(Stage stage, Halftone halftone) {
        this.stage = stage;
        this.halftone = halftone;
    }

    /** What a test adds to the file, each as it stands behind a comma in a flow mapping, or as whole lines. */
    record Additions(String listener, String upstream, String route, String upstreams, String routes) {
        static final Additions NONE = new Additions("", "", "", "", "");
    }

    static Rig start(Path folder, Additions more) throws IOException {
        Stage stage = new Stage();
        String yaml = """
                version: 1
                eventLoops: 1
                admin: {address: "127.0.0.1:0"}
                listeners:
                  - {name: web, address: "127.0.0.1:0"%s}
                upstreams:
                  - {name: stage, endpoints: [{address: "127.0.0.1:%d"}]%s}
                  - {name: other, endpoints: [{address: "127.0.0.1:%d"}]}
                %sroutes:
                %s  - name: shop
                %s    stable: stage
                    canary: {upstream: other, release: v2, userKey: [{cookie: user_id}, {header: X-User-Id}], ratio: 50,
                             analysis: {checks: []}}
                """.formatted(
                        more.listener(),
                        stage.port(),
                        more.upstream(),
                        stage.port(),
                        more.upstreams(),
                        more.routes(),
                        more.route());
        try {
            return new Rig(stage, Halftone.serve(folder, yaml));
        } catch (IOException e) {
            stage.close();
            throw e;
        }
    }

    /** Readable forms of bytes that a table cannot hold. */
    static String bytes(String text) {
        return text.replace("~", "\r\n")
                .replace("{lf}", "\n")
                .replace("{cr}", "\r")
                .replace("{nul}", "\0")
                .replace("{vt}", "\u000b")
                .replace("{tab}", "\t")
                .replace("{sp}", " ")
                .replace("{del}", "\u007f")
                .replace("{e9}", "\u00e9");
    }

    Stage stage() {
        return stage;
    }

    Halftone halftone() {
        return halftone;
    }

    Wire wire() throws IOException {
        return new Wire(halftone.web());
    }

    static String newPath() {
        return "/scene-" + NUMBER.incrementAndGet();
    }

    /** A plain request on a connection of its own; returns what the upstream saw of it, and leaves a connection idle there. */
    String fence() throws IOException {
        String path = newPath();
        try (Wire wire = wire()) {
            String answer =
                    wire.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("GET " + path + " HTTP/1.1\r\n");
            return answer.substring(answer.indexOf("GET " + path));
        }
    }

    /** What the upstream sees of a request that is answered by the echo. */
    String seen(String request) throws IOException {
        try (Wire wire = wire()) {
            String answer = wire.send(request).readResponse();
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    /** The request is answered so, once; the proxy closes the connection; the upstream sees nothing of it. */
    void refuses(String request, int status) throws IOException {
        // So that a live connection is idle there: on one that the stage has closed, the second fence would be sent
        // twice.
        fence();
        long before = stage.bytes();
        try (Wire wire = wire()) {
            String answer = wire.send(request).readAll();
            assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("\r\nConnection: close\r\n");
            assertThat(answer.split("HTTP/1\\.1 \\d", -1)).as(answer).hasSize(2);
        }
        String fence = fence();
        assertThat(stage.bytes()).as("bytes that reached the upstream").isEqualTo(before + fence.length());
    }

    void awaitVisit(String path) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !stage.visits(path).isEmpty());
    }

    void awaitEnd(int connection, String how) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(stage.end(connection)).isEqualTo(how));
    }

    /** The connection that answered this path is closed and serves nothing more. */
    void assertNotPooled(String path) throws IOException {
        int connection = stage.visits(path).get(0).connection();
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !stage.end(connection).equals("open"));
        String next = newPath();
        seen("GET " + next + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(stage.visits(next).get(0).connection()).isNotEqualTo(connection);
    }

    @Override
    public void close() throws IOException {
        halftone.close();
        stage.close();
    }
}
