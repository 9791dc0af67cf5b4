package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies of stable's requests go to the canary, and nobody but the comparison ever notices. */
class MirrorIT {
    private static final List<String> RESULTS =
            List.of("same", "status", "size", "body", "latency", "failed", "dropped");

    @TempDir
    static Path folder;

    private static Stage stable;
    private static Stage canary;
    private static Halftone halftone;

    @BeforeAll
    static void start() throws IOException {
        stable = new Stage();
        canary = new Stage();
        String gray = "release: v2, userKey: [{header: X-User}], analysis: {checks: []}";
        String yaml = """
                version: 1
                eventLoops: 1
                admin: {address: "127.0.0.1:0"}
                listeners:
                  - {name: web, address: "127.0.0.1:0"}
                upstreams:
                  - {name: stable, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: canary, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: dead, endpoints: [{address: "127.0.0.1:%d"}]}
                routes:
                  - name: dead
                    match: {path: {prefix: /dead}}
                    stable: stable
                    canary: {upstream: dead, ratio: 0, mirror: {percent: 100}, GRAY}
                  - name: all
                    match: {path: {prefix: /all}}
                    stable: stable
                    canary: {upstream: canary, ratio: 0, mirror: {percent: 100, methods: [GET, POST], maxBody: 24}, GRAY}
                  - name: narrow
                    match: {path: {prefix: /narrow}}
                    stable: stable
                    canary: {upstream: canary, ratio: 0, mirror: {percent: 100, maxInFlight: 1, timeout: 300ms}, GRAY}
                  - name: some
                    match: {path: {prefix: /some}}
                    stable: stable
                    canary: {upstream: canary, ratio: 0, mirror: {percent: 25}, GRAY}
                  - name: timed
                    match: {path: {prefix: /timed}}
                    stable: stable
                    canary: {upstream: canary, ratio: 0, mirror: {percent: 100, compare: [latency]}, GRAY}
                  - name: users
                    match: {path: {prefix: /users}}
                    stable: stable
                    canary:
                      {upstream: canary, ratio: 100, mirror: {percent: 100}, GRAY,
                       rules: [{name: out, when: {headers: [{name: X-Out, present: true}]}, sendTo: stable}]}
                  - name: shop
                    stable: stable
                    canary:
                      {upstream: canary, ratio: 0, GRAY,
                       mirror: {percent: 100, compare: [status, size, bodyHash], timeout: 2s}}
                """.replace("GRAY", gray).formatted(stable.port(), canary.port(), Nginx.freePort());
        halftone = Halftone.serve(folder, yaml);
    }

    @AfterAll
    static void stop() throws IOException {
        halftone.close();
        stable.close();
        canary.close();
    }

    private static Wire wire() throws IOException {
        return new Wire(halftone.web());
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\nX-User: u\r\n\r\n";
    }

    private static JsonNode counts(String route) throws Exception {
        return halftone.get("/api/v1/routes/" + route).get("mirrored");
    }

    private static long total(JsonNode counts) {
        return RESULTS.stream().mapToLong(result -> counts.get(result).asLong()).sum();
    }

    /** Runs the request on this route and tells what its copy came to. */
    private static String result(String route, String request) throws Exception {
        JsonNode before = counts(route);
        try (Wire wire = wire()) {
            assertThat(wire.send(request).readHead()).startsWith("HTTP/1.1 ");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> total(counts(route)) == total(before) + 1);
        JsonNode after = counts(route);
        return RESULTS.stream()
                .filter(each -> after.get(each).asLong() > before.get(each).asLong())
                .findFirst()
                .orElse("none");
    }

    private static void play(Stage stage, String path, String raw) {
        stage.on(path, visit -> {
            visit.body();
            switch (raw) {
                case "closed" -> visit.socket().close();
                case "silent" -> new CountDownLatch(1).await(5, TimeUnit.SECONDS);
                default -> visit.write(Rig.bytes(raw));
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            alike                       | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Content-Length: 5~~hello                      | same
            other head                  | HTTP/1.1 200 OK~Content-Length: 5~A: b~~hello                | HTTP/1.1 200 Fine~Content-Length: 5~~hello                    | same
            chunked and not             | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~   | HTTP/1.1 200 OK~Content-Length: 5~~hello                      | same
            not and chunked             | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~4~hell~1~o~0~~    | same
            other chunks and trailers   | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~   | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5;x~hello~0~X: y~~ | same
            interim answers             | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 102 Wait~~HTTP/1.1 200 OK~Content-Length: 5~~hello   | same
            no content                  | HTTP/1.1 204 No Content~~                                    | HTTP/1.1 204 No Content~~                                     | same
            other status                | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 404 No~Content-Length: 5~~hello                      | status
            canary's 500                | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 500 No~Content-Length: 0~~                           | status
            stable's 500                | HTTP/1.1 500 No~Content-Length: 0~~                          | HTTP/1.1 200 OK~Content-Length: 5~~hello                      | status
            shorter                     | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Content-Length: 4~~hell                       | size
            longer chunks               | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~6~hello!~0~~      | size
            other bytes                 | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Content-Length: 5~~hullo                      | body
            other bytes in chunks       | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~   | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~hel~2~la~0~~    | body
            closed                      | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | closed                                                        | failed
            no HTTP                     | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | SSH-2.0~~                                                     | failed
            switched unasked            | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 101 Switching~Connection: Upgrade~Upgrade: websocket~~ | failed
            half a body                 | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | HTTP/1.1 200 OK~Content-Length: 5~~hell                       | failed
            silent                      | HTTP/1.1 200 OK~Content-Length: 5~~hello                     | silent                                                        | failed
            """)
    void copy_answersAreCompared(String what, String original, String copied, String expected) throws Exception {
        String path = Rig.newPath();
        play(stable, path, original);
        play(canary, path, copied);
        assertThat(result("shop", get(path))).isEqualTo(expected);
        // Once more if an idle connection was closed as it was taken.
        assertThat(canary.visits(path)).hasSizeBetween(1, 2);
    }

    @Test
    void copy_takesMuchLonger_isTold() throws Exception {
        String path = "/timed" + Rig.newPath();
        canary.on(path, visit -> {
            new CountDownLatch(1).await(1, TimeUnit.SECONDS);
            visit.answer("late");
        });
        assertThat(result("timed", get(path))).isEqualTo("latency");
    }

    @Test
    void copy_isTheRequestAgain_andSaysWhatItIs() throws Exception {
        String path = Rig.newPath();
        assertThat(result(
                        "shop", get(path + "?a=b").replace("X-User", "Cookie: c=d\r\nX-Halftone-Mirror: no\r\nX-User")))
                .isNotEqualTo("failed");
        String original = stable.visits(path).get(0).head();
        String copy = canary.visits(path).get(0).head();
        assertThat(copy)
                .startsWith("GET " + path + "?a=b HTTP/1.1\r\n")
                .contains(
                        "\r\nCookie: c=d\r\n", "\r\nX-Halftone-Version: canary\r\n", "\r\nX-Halftone-Mirror: true\r\n")
                .doesNotContain("X-Halftone-Mirror: no");
        assertThat(original).contains("X-Halftone-Version: stable").doesNotContain("X-Halftone-Mirror");
        String id = original.substring(original.indexOf("X-Request-Id: "));
        assertThat(copy).contains(id.substring(0, id.indexOf("\r\n")));
    }

    @Test
    void copy_canaryRefuses_isFailedAndNobodysError() throws Exception {
        assertThat(result("dead", get("/dead"))).isEqualTo("failed");
        JsonNode route = halftone.get("/api/v1/routes/dead");
        assertThat(route.at("/canary/requests").asLong()).isZero();
        assertThat(halftone.metrics())
                .contains("halftone_mirrored_total{result=\"failed\",route=\"dead\"}")
                .doesNotContain("halftone_upstream_errors_total{cause=\"connectRefused\",upstream=\"dead\"}")
                .doesNotContain("route=\"dead\",version=\"canary\"");
    }

    @Test
    void copy_hangs_theOriginalsDoNotWait() throws Exception {
        String path = "/narrow" + Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        canary.on(path, visit -> {
            end.await();
            visit.answer("late");
        });
        JsonNode before = counts("narrow");
        try (Wire wire = wire()) {
            for (int i = 0; i < 20; i++) {
                assertThat(wire.send(get(path)).readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
            }
            JsonNode during = counts("narrow");
            // One hangs, and no more than that are under way; of those before it none is left.
            assertThat(canary.visits(path).size()).isLessThanOrEqualTo(2);
            assertThat(during.get("dropped").asLong() - before.get("dropped").asLong())
                    .isGreaterThanOrEqualTo(18);
        } finally {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> counts("narrow").get("failed").asLong()
                            > before.get("failed").asLong());
            end.countDown();
        }
        int hung = canary.visits(path).get(0).connection();
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> !canary.end(hung).equals("open"));
        assertThat(result("narrow", get("/narrow/after"))).isEqualTo("same");
    }

    @Test
    void copies_ofRequestsInARow_shareAConnectionOfTheirOwn() throws Exception {
        String first = Rig.newPath();
        String second = Rig.newPath();
        play(stable, first, "HTTP/1.1 200 OK~Content-Length: 5~~hello");
        play(canary, first, "HTTP/1.1 200 OK~Content-Length: 5~~hello");
        result("shop", get(first));
        result("shop", get(second));
        assertThat(canary.visits(second).get(0).connection())
                .isEqualTo(canary.visits(first).get(0).connection());
        String direct = "/users" + Rig.newPath();
        try (Wire wire = wire()) {
            wire.send(get(direct)).readResponse();
        }
        assertThat(canary.visits(direct)).hasSize(1);
        assertThat(canary.visits(direct).get(0).connection())
                .isNotEqualTo(canary.visits(first).get(0).connection());
    }

    @Test
    void copy_idleConnectionWasClosed_isSentAgain() throws Exception {
        String path = Rig.newPath();
        play(stable, path, "HTTP/1.1 200 OK~Content-Length: 5~~hello");
        canary.on(path, visit -> {
            visit.answer("hello");
            visit.socket().close();
        });
        for (int i = 0; i < 5; i++) {
            assertThat(result("shop", get(path))).isEqualTo("same");
        }
    }

    // ---- bodies ----

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            with its length | Content-Length: 5~~hello                            | hello
            in chunks       | Transfer-Encoding: chunked~~2~he~3~llo~0~~          | 2~he~3~llo~0~~
            """)
    void copy_ofAMethodAskedFor_hasItsBody(String what, String rest, String body) throws Exception {
        String path = "/all" + Rig.newPath();
        play(stable, path, "HTTP/1.1 200 OK~Content-Length: 0~~");
        List<String> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
        canary.on(path, visit -> {
            seen.add(visit.body());
            visit.answer("");
        });
        String request = "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + Rig.bytes(rest);
        assertThat(result("all", request)).isEqualTo("same");
        assertThat(seen).containsExactly(Rig.bytes(body));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            length  | Content-Length: 25~~1234567890123456789012345
            chunked | Transfer-Encoding: chunked~~11~12345678901234567~0~~
            """)
    void copy_bodyTooLong_isDropped(String what, String rest) throws Exception {
        String path = "/all" + Rig.newPath();
        String request = "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + Rig.bytes(rest);
        assertThat(result("all", request)).isEqualTo("dropped");
        assertThat(canary.visits(path)).isEmpty();
        assertThat(stable.visits(path)).hasSize(1);
    }

    @Test
    void copy_answerTooLong_isReadNoFurther() throws Exception {
        String path = "/all" + Rig.newPath();
        String answer = "HTTP/1.1 200 OK~Content-Length: 100000~~" + "x".repeat(100_000);
        play(stable, path, answer);
        canary.on(path, visit -> {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100));
            visit.socket().getInputStream().read();
        });
        assertThat(result("all", get(path))).isEqualTo("same");
        int connection = canary.visits(path).get(0).connection();
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> !canary.end(connection).equals("open"));
    }

    // ---- which requests ----

    @Test
    void copies_onlyOfMethodsAskedForAndOfWhomNoRuleKeepsAway() throws Exception {
        String path = Rig.newPath();
        String out = "/users" + path;
        try (Wire wire = wire()) {
            wire.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                    .readResponse();
            assertThat(wire.send(get(out).replace("X-User: u", "X-User: u\r\nX-Out: 1"))
                            .readResponse())
                    .contains("X-Halftone-Version: stable");
            assertThat(wire.send(get(path + "/seen")).readResponse()).contains("X-Halftone-Version: stable");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> !canary.visits(path + "/seen").isEmpty());
        assertThat(canary.visits(path)).isEmpty();
        assertThat(canary.visits(out)).isEmpty();
    }

    @Test
    void copies_areTheShareThatWasAskedFor() throws Exception {
        try (Wire wire = wire()) {
            for (int i = 0; i < 2000; i++) {
                assertThat(wire.send(get("/some")).readResponse()).startsWith("HTTP/1.1 200 ");
            }
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(total(counts("some")))
                        // 25 % of 2000, five standard deviations either way.
                        .isBetween(403L, 597L));
    }

    @Test
    void copies_ofAReleaseThatIsHeld_areNone(@TempDir Path own) throws Exception {
        String yaml = Halftone.yaml(stable.port(), canary.port(), 0) + "      mirror: {percent: 100}\n";
        try (Halftone proxy = Halftone.serve(own, yaml)) {
            String before = Rig.newPath();
            String after = Rig.newPath();
            try (Wire wire = new Wire(proxy.web())) {
                wire.send(get(before)).readResponse();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> !canary.visits(before).isEmpty());
                assertThat(proxy.call("POST", "/api/v1/routes/shop/abort", "{}").statusCode())
                        .isEqualTo(200);
                wire.send(get(after)).readResponse();
                wire.send(get(after)).readResponse();
            }
            assertThat(canary.visits(after)).isEmpty();
        }
    }
}
