package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an upstream fails is sent again: to stable in the canary's place, or to another endpoint; and only where that is safe. */
class RescueIT {
    private static final int RESERVE = 100;

    @TempDir
    static Path folder;

    private static Stage stable;
    private static Stage canary;
    private static Halftone halftone;

    @BeforeAll
    static void start() throws IOException {
        stable = new Stage();
        canary = new Stage();
        int closed = Nginx.freePort();
        String yaml = """
                version: 1
                eventLoops: 1
                admin: {address: "127.0.0.1:0"}
                accessLog: {path: access.log}
                listeners:
                  - {name: web, address: "127.0.0.1:0"}
                upstreams:
                  - {name: stable, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: canary, endpoints: [{address: "127.0.0.1:%d"}], timeouts: {response: 300ms}}
                  - {name: dead, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: full, endpoints: [{address: "127.0.0.1:%d"}], pool: {maxConnections: 1, maxPending: 0}}
                  - {name: half, endpoints: [{address: "127.0.0.1:%d"}, {address: "127.0.0.1:%d"}]}
                  - name: sick
                    endpoints: [{address: "127.0.0.1:%d"}, {address: "127.0.0.1:%d"}]
                    outlierDetection: {consecutiveErrors: 3, ejectionTime: 1h}
                routes:
                  - name: dead
                    match: {path: {prefix: /dead}}
                    stable: stable
                    canary: {upstream: dead, %s, rescue: {}}
                  - name: poor
                    match: {path: {prefix: /poor}}
                    stable: stable
                    canary: {upstream: dead, %s, rescue: {budgetPercent: 1}}
                  - name: broke
                    match: {path: {prefix: /broke}}
                    stable: stable
                    canary: {upstream: dead, %s, rescue: {budgetPercent: 0}}
                  - name: full
                    match: {path: {prefix: /full}}
                    stable: stable
                    canary: {upstream: full, %s, rescue: {}}
                  - name: sick
                    match: {path: {prefix: /sick}}
                    stable: stable
                    canary: {upstream: sick, %s, rescue: {}}
                  - name: picky
                    match: {path: {prefix: /picky}}
                    stable: stable
                    canary: {upstream: canary, %s, rescue: {on: [reset], methods: [GET, PUT]}}
                  - name: half
                    match: {path: {prefix: /half}}
                    stable: half
                    retries: {}
                  - name: both
                    match: {path: {prefix: /both}}
                    stable: stable
                    retries: {attempts: 2, on: [503]}
                    canary: {upstream: canary, %s, rescue: {}}
                  - name: hasty
                    match: {path: {prefix: /hasty}}
                    stable: stable
                    timeouts: {request: 200ms}
                    canary: {upstream: canary, %s, rescue: {}}
                  - name: shop
                    stable: stable
                    canary: {upstream: canary, %s, rescue: {}}
                """.replace("%s", "release: v2, ratio: 100, userKey: [{header: X-User}], analysis: {checks: []}")
                .formatted(
                        stable.port(),
                        canary.port(),
                        closed,
                        canary.port(),
                        closed,
                        stable.port(),
                        canary.port(),
                        stable.port());
        halftone = Halftone.serve(folder, yaml);
    }

    @AfterAll
    static void stop() throws IOException {
        halftone.close();
        stable.close();
        canary.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\nX-User: u\r\n\r\n";
    }

    private static Wire wire() throws IOException {
        return new Wire(halftone.web());
    }

    private static JsonNode route(String name) throws Exception {
        return halftone.get("/api/v1/routes/" + name);
    }

    private static double metric(String name) throws Exception {
        return halftone.metrics()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    private static String answered(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** How the canary fails on this path. */
    private static String failing(String how) throws IOException {
        if (how.equals("refused")) {
            return "/dead" + Rig.newPath();
        }
        String path = Rig.newPath();
        canary.on(path, visit -> {
            visit.body();
            switch (how) {
                case "closed" -> visit.socket().close();
                case "reset" -> visit.reset();
                case "half a head" ->
                    visit.write("HTTP/1.1 200 OK\r\nConte").socket().close();
                case "no HTTP" -> visit.write("SSH-2.0-OpenSSH\r\n\r\n");
                case "head, then rubbish" -> visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
                case "silent" -> new CountDownLatch(1).await(5, TimeUnit.SECONDS);
                default -> visit.write(answered(how + " Failed", "canary"));
            }
        });
        return path;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            refused            | connectRefused
            closed             | reset
            reset              | reset
            half a head        | reset
            no HTTP            | badResponse
            head, then rubbish | badResponse
            silent             | responseTimeout
            502                | 502
            503                | 503
            504                | 504
            """)
    void rescue_canaryFailsBeforeAByteWentOut_stableAnswers(String how, String told) throws Exception {
        String path = failing(how);
        try (Wire wire = wire()) {
            String answer = wire.send(get(path)).readResponse();
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("X-Halftone-Version: stable");
            if (!how.startsWith("head")) {
                stable.on(path, visit -> visit.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"));
                String head = wire.send(get(path).replace("GET", "HEAD")).readHead();
                assertThat(head).startsWith("HTTP/1.1 200 OK\r\n").contains("Content-Length: 6");
            }
            String next = Rig.newPath();
            assertThat(wire.send(get(next)).readResponse()).contains("GET " + next, "X-Halftone-Version: canary");
        }
        // What follows the head of an answer to HEAD is no part of it.
        int requests = how.startsWith("head") ? 1 : 2;
        assertThat(stable.visits(path)).hasSize(requests);
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(Files.readAllLines(folder.resolve("access.log")))
                        .filteredOn(line -> line.contains("\"path\":\"" + path + "\""))
                        .hasSize(requests)
                        .allSatisfy(line -> assertThat(line)
                                .contains(
                                        "\"version\":\"stable\",\"reason\":\"rescue\"", "\"replayed\":\"" + told + "\"")
                                .doesNotContain("\"error\"")));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            POST    | Content-Length: 0~~     | refused | 502
            POST    | Content-Length: 2~~hi   | refused | 502
            POST    | Content-Length: 2~~hi   | reset   | 502
            POST    | Content-Length: 0~~     | 503     | 503
            PATCH   | Content-Length: 0~~     | silent  | 504
            PUT     | Content-Length: 0~~     | reset   | 502
            DELETE  | X: y~~                  | refused | 502
            OPTIONS | X: y~~                  | 503     | 503
            GET     | Content-Length: 2~~hi   | reset   | 502
            GET     | Transfer-Encoding: chunked~~2~hi~0~~ | 503 | 503
            get     | X: y~~                  | 503     | 503
            """)
    void rescue_whatIsNotNamedOrHasABody_isNotSentAgain(String method, String rest, String how, int status)
            throws Exception {
        String path = failing(how);
        try (Wire wire = wire()) {
            String request = method + " " + path + " HTTP/1.1\r\nHost: a\r\nX-User: u\r\n" + Rig.bytes(rest);
            assertThat(wire.send(request).readHead()).startsWith("HTTP/1.1 " + status + " ");
        }
        assertThat(stable.visits(path)).isEmpty();
    }

    @Test
    void rescue_itsListOfCausesAndMethods_isKept() throws Exception {
        String busy = "/picky" + Rig.newPath();
        canary.on(busy, visit -> visit.write(answered("503 Busy", "canary")));
        String gone = "/picky" + Rig.newPath();
        canary.on(gone, Stage.Visit::reset);
        try (Wire wire = wire()) {
            assertThat(wire.send(get(busy)).readResponse())
                    .startsWith("HTTP/1.1 503 Busy")
                    .endsWith("canary");
            assertThat(wire.send(get(gone)).readResponse()).startsWith("HTTP/1.1 200 ");
            String put = "PUT " + gone + " HTTP/1.1\r\nHost: a\r\nX-User: u\r\nContent-Length: 0\r\n\r\n";
            assertThat(wire.send(put).readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(wire.send(get(gone).replace("GET", "HEAD")).readHead()).startsWith("HTTP/1.1 502 ");
        }
        assertThat(stable.visits(busy)).isEmpty();
        assertThat(stable.visits(gone)).hasSize(2);
    }

    @Test
    void rescue_headHasGoneOut_clientIsCutAndStableNotAsked() throws Exception {
        String path = Rig.newPath();
        CountDownLatch seen = new CountDownLatch(1);
        canary.on(path, visit -> {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            seen.await();
            visit.reset();
        });
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readHead()).startsWith("HTTP/1.1 200 OK\r\n");
            seen.countDown();
            assertThat(wire.readAll()).isEqualTo("half");
        }
        assertThat(stable.visits(path)).isEmpty();
    }

    @Test
    void rescue_interimAnswerHasGoneOut_isNone() throws Exception {
        String path = Rig.newPath();
        canary.on(path, visit -> {
            visit.write("HTTP/1.1 103 Early Hints\r\n\r\n");
            visit.reset();
        });
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readHead()).startsWith("HTTP/1.1 103 ");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 502 ");
        }
        assertThat(stable.visits(path)).isEmpty();
    }

    @Test
    void rescue_stableFailsToo_clientSeesStablesAnswer() throws Exception {
        String path = failing("reset");
        stable.on(path, visit -> visit.write(answered("503 Busy", "stable")));
        String gone = failing("503");
        stable.on(gone, Stage.Visit::reset);
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readResponse())
                    .startsWith("HTTP/1.1 503 Busy")
                    .endsWith("stable");
            assertThat(wire.send(get(gone)).readResponse()).startsWith("HTTP/1.1 502 ");
        }
        assertThat(stable.visits(path)).hasSize(1);
        assertThat(stable.visits(gone)).hasSizeBetween(1, 2);
        assertThat(canary.visits(gone)).hasSize(1);
    }

    @Test
    void rescue_poolOfTheCanaryIsFull_stableAnswers() throws Exception {
        String slow = "/full" + Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        canary.on(slow, visit -> {
            end.await();
            visit.answer("slow");
        });
        try (Wire first = wire();
                Wire second = wire()) {
            first.send(get(slow));
            Awaitility.await().until(() -> !canary.visits(slow).isEmpty());
            assertThat(second.send(get("/full/other")).readResponse())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("X-Halftone-Version: stable");
            end.countDown();
            assertThat(first.readResponse()).endsWith("slow");
        }
        assertThat(metric("halftone_rescued_total{route=\"full\"}")).isEqualTo(1);
        assertThat(metric("halftone_requests_total{code=\"error\",reason=\"ratio\",route=\"full\",version=\"canary\"}"))
                .as("a limit of ours is no error of the canary's")
                .isZero();
    }

    /** That nobody sees an endpoint's failures does not keep it in use. */
    @Test
    void rescue_ofOneEndpointsFailures_stillEjectsIt() throws Exception {
        String path = "/sick" + Rig.newPath();
        AtomicInteger visits = new AtomicInteger();
        canary.on(path, visit -> {
            visit.body();
            if (visits.incrementAndGet() == 2) {
                visit.reset();
            } else {
                visit.write("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            }
        });
        try (Wire wire = wire()) {
            for (int i = 0; i < 60; i++) {
                assertThat(wire.send(get(path)).readResponse()).startsWith("HTTP/1.1 200 ");
            }
        }
        assertThat(canary.visits(path)).hasSize(3);
        assertThat(route("sick").get("rescued").asInt()).isEqualTo(3);
    }

    @Test
    void rescue_routesTimeIsUp_isNone() throws Exception {
        String path = "/hasty" + Rig.newPath();
        canary.on(path, visit -> new CountDownLatch(1).await(5, TimeUnit.SECONDS));
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readHead()).startsWith("HTTP/1.1 504 ");
        }
        assertThat(stable.visits(path)).isEmpty();
    }

    @Test
    void rescue_isTheCanarysErrorAndNobodysSuccess() throws Exception {
        double errors =
                metric("halftone_requests_total{code=\"error\",reason=\"ratio\",route=\"shop\",version=\"canary\"}");
        double failed =
                metric("halftone_requests_total{code=\"5xx\",reason=\"ratio\",route=\"shop\",version=\"canary\"}");
        String rescue = "halftone_requests_total{code=\"2xx\",reason=\"rescue\",route=\"shop\",version=\"stable\"}";
        double rescued = metric(rescue);
        double counted = metric("halftone_rescued_total{route=\"shop\"}");
        try (Wire wire = wire()) {
            assertThat(wire.send(get(failing("reset"))).readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(wire.send(get(failing("503"))).readResponse()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(metric("halftone_requests_total{code=\"error\",reason=\"ratio\",route=\"shop\",version=\"canary\"}"))
                .isEqualTo(errors + 1);
        assertThat(metric("halftone_requests_total{code=\"5xx\",reason=\"ratio\",route=\"shop\",version=\"canary\"}"))
                .isEqualTo(failed + 1);
        assertThat(metric(rescue)).isEqualTo(rescued + 2);
        assertThat(metric("halftone_rescued_total{route=\"shop\"}")).isEqualTo(counted + 2);
        assertThat(route("shop").get("rescued").asLong()).isEqualTo((long) counted + 2);
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(route("shop").at("/canary/errors").asLong()).isGreaterThanOrEqualTo(2);
            assertThat(route("shop").at("/stable/requests").asLong()).isZero();
        });
    }

    // ---- connections afterwards ----

    @Test
    void afterARescue_answerThatIsWhole_leavesItsConnectionInThePool() throws Exception {
        String path = failing("503");
        String next = Rig.newPath();
        try (Wire wire = wire()) {
            wire.send(get(path)).readResponse();
            wire.send(get(next)).readResponse();
        }
        assertThat(canary.visits(next).get(0).connection())
                .isEqualTo(canary.visits(path).get(0).connection());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"half a body", "close-delimited", "too long", "silent"})
    void afterARescue_answerThatIsNotWhole_endsWithItsConnection(String how) throws Exception {
        String path = Rig.newPath();
        CountDownLatch end = new CountDownLatch(1);
        canary.on(path, visit -> {
            switch (how) {
                case "half a body" -> visit.write("HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nhalf");
                case "close-delimited" -> visit.write("HTTP/1.1 503 Busy\r\n\r\nhalf");
                case "too long" -> visit.write(answered("503 Busy", "x".repeat(200_000)));
                default -> end.await(1, TimeUnit.SECONDS);
            }
            if (how.equals("silent")) {
                // Too late: nobody may take it for another request's answer.
                visit.write(answered("200 OK", "late"));
            }
        });
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readResponse()).contains("X-Halftone-Version: stable");
            int connection = canary.visits(path).get(0).connection();
            for (int i = 0; i < 5; i++) {
                String next = Rig.newPath();
                assertThat(wire.send(get(next)).readResponse()).contains("GET " + next);
                assertThat(canary.visits(next).get(0).connection()).isNotEqualTo(connection);
            }
            end.countDown();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> !canary.end(connection).equals("open"));
        }
    }

    @Test
    void afterARescue_pipelinedRequests_areAnsweredInOrder() throws Exception {
        String first = failing("reset");
        String second = failing("503");
        String third = Rig.newPath();
        try (Wire wire = wire()) {
            wire.send(get(first) + get(second) + get(third));
            assertThat(wire.readResponse()).contains("GET " + first);
            assertThat(wire.readResponse()).contains("GET " + second);
            assertThat(wire.readResponse()).contains("GET " + third, "X-Halftone-Version: canary");
        }
    }

    @Test
    void rescue_clientLeavesMeanwhile_endsQuietly() throws Exception {
        String path = failing("reset");
        CountDownLatch asked = new CountDownLatch(1);
        AtomicBoolean told = new AtomicBoolean();
        stable.on(path, visit -> {
            asked.countDown();
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(told::get);
            visit.answer("late");
        });
        try (Wire wire = wire()) {
            wire.send(get(path));
            assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
            wire.socket().setSoLinger(true, 0);
        }
        told.set(true);
        try (Wire wire = wire()) {
            String next = Rig.newPath();
            assertThat(wire.send(get(next)).readResponse()).contains("GET " + next);
        }
        assertThat(halftone.log()).doesNotContain("fault of the proxy");
    }

    // ---- the budget ----

    @Test
    void budget_usedUp_clientSeesTheFailure() throws Exception {
        int rescued = 0;
        try (Wire wire = wire()) {
            for (int i = 0; i < RESERVE + 40; i++) {
                String answer = wire.send(get("/poor")).readResponse();
                rescued += answer.startsWith("HTTP/1.1 200 ") ? 1 : 0;
                boolean within = i < RESERVE;
                assertThat(answer).as("request %d", i).startsWith(within ? "HTTP/1.1 200 " : "HTTP/1.1 ");
            }
        }
        // One for each hundred requests besides the reserve.
        assertThat(rescued).isEqualTo(RESERVE + 1);
        assertThat(route("poor").get("rescued").asInt()).isEqualTo(RESERVE + 1);
    }

    @Test
    void budget_none_nothingIsSentAgain() throws Exception {
        try (Wire wire = wire()) {
            assertThat(wire.send(get("/broke")).readResponse()).startsWith("HTTP/1.1 502 ");
        }
    }

    // ---- retries ----

    @Test
    void retry_endpointRefuses_theOtherAnswers() throws Exception {
        try (Wire wire = wire()) {
            for (int i = 0; i < 40; i++) {
                String path = "/half" + Rig.newPath();
                assertThat(wire.send(get(path)).readResponse())
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .contains("GET " + path);
                assertThat(stable.visits(path)).hasSize(1);
            }
            assertThat(route("half").get("retried").asInt()).isPositive();
            assertThat(metric("halftone_retried_total{route=\"half\"}")).isPositive();
            List<String> posts = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                posts.add(wire.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                        .readResponse());
            }
            assertThat(posts).anyMatch(answer -> answer.startsWith("HTTP/1.1 502 "));
        }
    }

    @Test
    void retry_manyAtOnceOnOneDeadEndpoint_allAreAnswered() throws Exception {
        List<Wire> wires = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                wires.add(wire());
            }
            for (Wire wire : wires) {
                wire.send(get("/half/crowd"));
            }
            for (Wire wire : wires) {
                assertThat(wire.readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void retry_thenRescue_eachAttemptAsOftenAsAllowedAndOneErrorOfTheCanary() throws Exception {
        String path = "/both" + Rig.newPath();
        canary.on(path, visit -> visit.write(answered("503 Busy", "canary")));
        String once = "/both" + Rig.newPath();
        AtomicInteger visits = new AtomicInteger();
        canary.on(once, visit -> {
            if (visits.incrementAndGet() == 1) {
                visit.write(answered("503 Busy", "canary"));
            } else {
                visit.echo();
            }
        });
        String errors = "halftone_requests_total{code=\"5xx\",reason=\"ratio\",route=\"both\",version=\"canary\"}";
        try (Wire wire = wire()) {
            assertThat(wire.send(get(path)).readResponse()).contains("X-Halftone-Version: stable");
            assertThat(metric(errors)).isEqualTo(1);
            assertThat(wire.send(get(once)).readResponse()).contains("X-Halftone-Version: canary");
            assertThat(metric(errors)).isEqualTo(1);
        }
        assertThat(canary.visits(path)).hasSize(3);
        assertThat(stable.visits(path)).hasSize(1);
        assertThat(canary.visits(once)).hasSize(2);
        assertThat(route("both").get("retried").asInt()).isEqualTo(3);
        assertThat(route("both").get("rescued").asInt()).isEqualTo(1);
    }

    @Test
    void websocket_canaryRefuses_stableTakesTheTunnel() throws Exception {
        String path = "/dead" + Rig.newPath();
        stable.on(path, visit -> {
            visit.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
            visit.socket().getInputStream().read();
            visit.reset();
        });
        try (Wire wire = wire()) {
            wire.send("GET " + path
                    + " HTTP/1.1\r\nHost: a\r\nX-User: u\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(wire.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(wire.read(5)).isEqualTo("hello");
            wire.send("x");
            assertThatThrownBy(() -> {
                        String rest = wire.readAll();
                        throw new SocketException("closed after " + rest.length());
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    // ---- a release ----

    /** The example is run as it stands, but for its ports. */
    private static String example(int stablePort, int canaryPort) throws IOException {
        return Files.readString(Path.of(System.getProperty("halftone.root", "."), "config", "rescue.yaml"))
                        .replace("127.0.0.1:8080", "127.0.0.1:0")
                        .replace("127.0.0.1:8081", "127.0.0.1:" + stablePort)
                        .replace("127.0.0.1:8082", "127.0.0.1:" + canaryPort)
                        .replace("ratio: 5 ", "ratio: 50 ")
                + "admin: {address: \"127.0.0.1:0\"}\n";
    }

    @Test
    void release_canaryRefusesAllAtRatioFifty_nobodySeesAFailureAndItIsRolledBack(@TempDir Path own) throws Exception {
        try (Nginx nginx = Nginx.start(own, "location / { return 200 \"stable\"; }");
                Halftone example = Halftone.serve(own, example(nginx.port(), Nginx.freePort()))) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger served = new AtomicInteger();
            List<String> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int client = i;
                Thread thread = new Thread(() -> {
                    try (Wire wire = new Wire(example.web())) {
                        for (int user = 0; !over.get() && failures.size() < 10; user++) {
                            String answer = wire.send("GET /" + user + " HTTP/1.1\r\nHost: shop\r\nCookie: user_id=c"
                                            + client + "-" + user + "\r\n\r\n")
                                    .readResponse();
                            if (!answer.startsWith("HTTP/1.1 200 ") || !answer.endsWith("stable")) {
                                failures.add(answer);
                            }
                            served.incrementAndGet();
                        }
                    } catch (IOException e) {
                        failures.add(e.toString());
                    }
                });
                thread.start();
                clients.add(thread);
            }
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> example.route().get("phase").asText().equals("rolledBack"));
                int before = served.get();
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> served.get() > before + 200);
            } finally {
                over.set(true);
                for (Thread client : clients) {
                    client.join(10_000);
                }
            }
            assertThat(failures).isEmpty();
            JsonNode route = example.route();
            assertThat(route.get("reason").asText()).isNotEmpty();
            assertThat(route.get("rescued").asLong()).isPositive();
            assertThat(example.metrics()).contains("halftone_rescued_total{route=\"shop\"}");
        }
    }
}
