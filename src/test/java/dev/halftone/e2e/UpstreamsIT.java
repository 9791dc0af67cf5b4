package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which endpoints of an upstream serve, with real servers that die, sicken and move. */
class UpstreamsIT {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    Path folder;

    private static String says(String name) {
        return "location / { return 200 " + name + "; }";
    }

    /** @param keys of the upstream, after its endpoints */
    private Halftone serve(String endpoints, String keys, String... flags) throws IOException {
        String yaml = """
                version: 1
                eventLoops: 2
                admin: {address: "127.0.0.1:0"}
                listeners:
                  - {name: web, address: "127.0.0.1:0"}
                upstreams:
                  - {name: shop-v1, endpoints: [%s]%s}
                routes:
                  - {name: shop, stable: shop-v1}
                """.formatted(endpoints, keys);
        return Halftone.serve(folder, yaml, flags);
    }

    private static String endpoint(int port) {
        return "{address: \"127.0.0.1:" + port + "\"}";
    }

    private static String endpoints(Nginx... servers) {
        List<String> all = new ArrayList<>();
        for (Nginx server : servers) {
            all.add(endpoint(server.port()));
        }
        return String.join(", ", all);
    }

    /** Counts the answers by their body, failures by their status; each request on a connection of its own. */
    private static Map<String, Integer> ask(Halftone halftone, int requests) throws IOException {
        Map<String, Integer> answers = new HashMap<>();
        for (int i = 0; i < requests; i++) {
            try (Wire wire = new Wire(halftone.web())) {
                String response = wire.send(REQUEST).readResponse();
                boolean good = response.startsWith("HTTP/1.1 200");
                String key = good ? response.substring(response.indexOf("\r\n\r\n") + 4) : response.substring(9, 12);
                answers.merge(key, 1, Integer::sum);
            }
        }
        return answers;
    }

    private static List<String> states(Halftone halftone) throws Exception {
        List<String> states = new ArrayList<>();
        halftone.get("/api/v1/upstreams")
                .get(0)
                .get("endpoints")
                .forEach(endpoint -> states.add(endpoint.get("state").asText()));
        return states;
    }

    private static void awaitStates(Halftone halftone, String... states) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(states(halftone)).containsExactly(states));
    }

    private static int times(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    @Test
    void endpoint_dies_failsThreeRequestsThenNone() throws Exception {
        try (Nginx one = Nginx.start(folder, says("one"));
                Nginx two = Nginx.start(folder, says("two"));
                Halftone halftone =
                        serve(endpoints(one, two), ", outlierDetection: {consecutiveErrors: 3, ejectionTime: 1h}")) {
            assertThat(ask(halftone, 60)).containsOnlyKeys("one", "two");
            two.die();
            Map<String, Integer> after = ask(halftone, 200);
            assertThat(after).containsOnlyKeys("one", "502");
            System.out.printf("measured: of 200 requests to an upstream half dead: %s%n", after);
            int failed = after.get("502");
            assertThat(failed).isEqualTo(3);
            assertThat(ask(halftone, 200)).containsOnly(Map.entry("one", 200));
            assertThat(states(halftone)).containsExactly("healthy", "ejected");
            assertThat(halftone.metrics())
                    .contains("halftone_upstream_endpoints{state=\"healthy\",upstream=\"shop-v1\"} 1.0")
                    .contains("halftone_upstream_endpoints{state=\"ejected\",upstream=\"shop-v1\"} 1.0")
                    .contains("halftone_upstream_errors_total{cause=\"connectRefused\",upstream=\"shop-v1\"} " + failed
                            + ".0");
            assertThat(times(halftone.log(), "is ejected (3 errors in a row, for 3600 s); 1 of 2 are healthy"))
                    .isEqualTo(1);
        }
    }

    @Test
    void endpoint_answersWithErrors_isEjectedAndComesBackOnProbation() throws Exception {
        try (Nginx one = Nginx.start(folder, says("one"));
                Nginx two = Nginx.start(folder, "location / { return 500 bad; }");
                Halftone halftone =
                        serve(endpoints(one, two), ", outlierDetection: {consecutiveErrors: 4, ejectionTime: 2s}")) {
            Map<String, Integer> first = ask(halftone, 100);
            assertThat(first).containsOnlyKeys("one", "500");
            assertThat(first.get("500")).isBetween(4, 5);
            assertThat(states(halftone)).containsExactly("healthy", "ejected");
            awaitStates(halftone, "healthy", "healthy");
            assertThat(ask(halftone, 60).get("500"))
                    .as("the first error ejects it again")
                    .isBetween(1, 2);
            two.become(says("two"));
            awaitStates(halftone, "healthy", "healthy");
            assertThat(ask(halftone, 60)).containsOnlyKeys("one", "two");
            assertThat(halftone.log()).contains("4 errors in a row, for 2 s").contains("for 4 s");
        }
    }

    @Test
    void onlyEndpoint_fails_staysInUse() throws Exception {
        try (Nginx one = Nginx.start(folder, "location / { return 500 bad; }");
                Halftone halftone =
                        serve(endpoints(one), ", outlierDetection: {consecutiveErrors: 1, ejectionTime: 1h}")) {
            assertThat(ask(halftone, 20)).containsOnlyKeys("500");
            assertThat(states(halftone)).containsExactly("healthy");
        }
    }

    @Test
    void healthCheck_fails_takesOutAndBringsBackWithoutAFailure() throws Exception {
        String sick = "location / { return 200 two; } location /healthz { return 503; }";
        String keys = ", healthCheck: {path: /healthz, interval: 1s, timeout: 1s, unhealthyThreshold: 2}";
        try (Nginx one = Nginx.start(folder, says("one"));
                Nginx two = Nginx.start(folder, says("two"));
                Halftone halftone = serve(endpoints(one, two), keys)) {
            assertThat(ask(halftone, 60)).containsOnlyKeys("one", "two");
            two.become(sick);
            awaitStates(halftone, "healthy", "unhealthy");
            assertThat(ask(halftone, 100)).containsOnly(Map.entry("one", 100));
            assertThat(halftone.metrics())
                    .contains("halftone_upstream_endpoints{state=\"unhealthy\",upstream=\"shop-v1\"} 1.0");
            two.become(says("two"));
            awaitStates(halftone, "healthy", "healthy");
            assertThat(ask(halftone, 100)).containsOnlyKeys("one", "two");
            assertThat(times(halftone.log(), "is unhealthy (health check: HTTP 503)"))
                    .isEqualTo(1);
            assertThat(times(halftone.log(), "is healthy (health check: HTTP 200)"))
                    .isEqualTo(1);
            assertThat(halftone.metrics())
                    .as("checks are no requests of the route")
                    .containsPattern("halftone_requests_total\\{code=\"2xx\"[^}]*} 260\\.0");
        }
    }

    @Test
    void healthCheck_allFail_allAreUsed() throws Exception {
        String sick = "location / { return 200 %s; } location /healthz { return 503; }";
        try (Nginx one = Nginx.start(folder, sick.formatted("one"));
                Nginx two = Nginx.start(folder, sick.formatted("two"));
                Halftone halftone = serve(
                        endpoints(one, two), ", healthCheck: {path: /healthz, interval: 200ms, timeout: 200ms}")) {
            awaitStates(halftone, "unhealthy", "unhealthy");
            assertThat(ask(halftone, 60)).containsOnlyKeys("one", "two");
            JsonNode upstream = halftone.get("/api/v1/upstreams").get(0);
            assertThat(upstream.get("panic").asBoolean()).isTrue();
            assertThat(times(halftone.log(), "no endpoint is healthy, so all 2 are used"))
                    .isEqualTo(1);
        }
    }

    /** Round-robin is exact in each loop but for its unfinished round; the others lie within five standard deviations. */
    @ParameterizedTest
    @CsvSource({"roundRobin, 6", "leastRequest, 43", "random, 43"})
    void weights_oneToThree_areTheShares(String kind, int tolerance) throws Exception {
        try (Nginx one = Nginx.start(folder, says("one"));
                Nginx three = Nginx.start(folder, says("three"));
                Halftone halftone = serve(
                        endpoint(one.port()) + ", " + endpoint(three.port()).replace("}", ", weight: 3}"),
                        ", loadBalancing: " + kind)) {
            Map<String, Integer> answers = ask(halftone, 400);
            System.out.printf("measured: %s 1:3 over 400 requests: %s%n", kind, answers);
            assertThat(answers).containsOnlyKeys("one", "three");
            assertThat(answers.get("one")).isCloseTo(100, within(tolerance));
        }
    }

    /** A stage that holds each request until it is told to go on. */
    private static Stage holding(CountDownLatch go) throws IOException {
        Stage stage = new Stage();
        stage.on("/", visit -> {
            go.await();
            visit.answer("ok");
        });
        return stage;
    }

    @Test
    void pool_isFull_boundedNumberWaitsAndTheRestIsRefusedAtOnce() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Stage stage = holding(go);
                Halftone halftone = serve(
                        endpoint(stage.port()), ", pool: {maxConnections: 1, maxPending: 3, pendingTimeout: 14s}")) {
            List<Wire> wires = new ArrayList<>();
            wires.add(new Wire(halftone.web()).send(REQUEST));
            Awaitility.await().until(() -> stage.visits("/").size() == 1);
            for (int i = 0; i < 3; i++) {
                wires.add(new Wire(halftone.web()).send(REQUEST));
            }
            Awaitility.await()
                    .until(() -> halftone.get("/api/v1/upstreams")
                                    .get(0)
                                    .get("pending")
                                    .asInt()
                            == 3);
            for (int i = 0; i < 4; i++) {
                try (Wire wire = new Wire(halftone.web())) {
                    assertThat(wire.send(REQUEST).readResponse())
                            .startsWith("HTTP/1.1 503")
                            .contains("\r\nRetry-After: 1\r\n");
                }
            }
            assertThat(stage.visits("/")).hasSize(1);
            go.countDown();
            for (Wire wire : wires) {
                assertThat(wire.readResponse()).startsWith("HTTP/1.1 200");
                wire.close();
            }
            assertThat(halftone.metrics())
                    .contains("halftone_upstream_rejected_total{upstream=\"shop-v1\"} 4.0")
                    .contains("halftone_upstream_pending{upstream=\"shop-v1\"} 0.0")
                    // One loop may have given its connection up for another's that waits no more.
                    .containsPattern("halftone_upstream_connections\\{upstream=\"shop-v1\"} [01]\\.0")
                    .doesNotContain("cause=\"poolExhausted\"");
        }
    }

    @Test
    void pool_staysFull_whoWaitsIsToldWhenTheTimeIsUp() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Stage stage = holding(go);
                Halftone halftone =
                        serve(endpoint(stage.port()), ", pool: {maxConnections: 1, pendingTimeout: 500ms}");
                Wire first = new Wire(halftone.web())) {
            first.send(REQUEST);
            Awaitility.await().until(() -> stage.visits("/").size() == 1);
            long start = System.nanoTime();
            try (Wire second = new Wire(halftone.web())) {
                assertThat(second.send(REQUEST).readResponse()).startsWith("HTTP/1.1 503");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(450), Duration.ofSeconds(4));
            go.countDown();
            assertThat(first.readResponse()).startsWith("HTTP/1.1 200");
        }
    }

    /** One connection for two loops: without a line the loop that has it would keep it, and the other's clients would fail. */
    @Test
    void pool_ofOneConnection_servesClientsOfAllLoops() throws Exception {
        try (Nginx nginx = Nginx.start(folder, says("one"));
                Halftone halftone =
                        serve(endpoints(nginx), ", pool: {maxConnections: 1, maxPending: 100, pendingTimeout: 10s}")) {
            AtomicInteger good = new AtomicInteger();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Thread client = new Thread(() -> {
                    try (Wire wire = new Wire(halftone.web())) {
                        for (int request = 0; request < 25; request++) {
                            boolean fine = wire.send(REQUEST).readResponse().startsWith("HTTP/1.1 200");
                            good.addAndGet(fine ? 1 : 0);
                        }
                    } catch (IOException e) {
                        good.addAndGet(-1000);
                    }
                });
                client.start();
                clients.add(client);
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(good.get()).isEqualTo(400);
            assertThat(halftone.get("/api/v1/upstreams")
                            .get(0)
                            .get("connections")
                            .asInt())
                    .isLessThanOrEqualTo(1);
        }
    }

    /** More refusals than any check would stand, had they been the canary's. */
    @Test
    void pool_ofTheCanaryIsFull_isNotTheCanarysFault() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Nginx nginx = Nginx.start(folder, says("stable"));
                Stage stage = holding(go)) {
            String yaml = Halftone.yaml(nginx.port(), stage.port(), 100)
                    .replace(
                            stage.port() + "\"}], timeouts: {response: 2s}",
                            stage.port() + "\"}], pool: {maxConnections: 1, maxPending: 0}");
            assertThat(yaml).contains("maxPending");
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Wire held = new Wire(halftone.web())) {
                held.send(REQUEST.replace("Host: a", "Host: a\r\nX-User-Id: first"));
                Awaitility.await().until(() -> stage.visits("/").size() == 1);
                for (int i = 0; i < 200; i++) {
                    try (Wire wire = new Wire(halftone.web())) {
                        assertThat(wire.send(REQUEST.replace("Host: a", "Host: a\r\nX-User-Id: u" + i))
                                        .readResponse())
                                .startsWith("HTTP/1.1 503");
                    }
                }
                Awaitility.await()
                        .until(() ->
                                halftone.route().get("canary").get("requests").asInt() >= 200);
                JsonNode route = halftone.route();
                assertThat(route.get("canary").get("errors").asInt()).isZero();
                assertThat(route.get("phase").asText()).isEqualTo("progressing");
                go.countDown();
                assertThat(held.readResponse()).startsWith("HTTP/1.1 200");
            }
        }
    }

    private void hosts(String text) throws IOException {
        Path next = Files.writeString(folder.resolve("hosts.next"), text);
        Files.move(next, folder.resolve("hosts"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether this address, written as the kernel lists it, has an open connection; the client's end may be listed as IPv6. */
    private static boolean isConnectedTo(String address, int port) throws IOException {
        java.util.regex.Pattern served =
                java.util.regex.Pattern.compile(" %s:%04X [0-9A-F]{8}:[0-9A-F]{4} 01 ".formatted(address, port));
        return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
                .anyMatch(line -> served.matcher(line).find());
    }

    @Test
    void name_changesItsAddress_newOneServesAndNoRequestFails() throws Exception {
        int port = Nginx.freePort();
        hosts("127.0.0.1 shop.test\n");
        try (Nginx one = Nginx.start(folder, "127.0.0.1", port, says("one"));
                Nginx two = Nginx.start(folder, "127.0.0.2", port, says("two"));
                Halftone halftone = serve(
                        "{address: \"shop.test:" + port + "\"}",
                        ", dnsRefresh: 1s",
                        "-Djdk.net.hosts.file=" + folder.resolve("hosts"))) {
            assertThat(ask(halftone, 40)).containsOnly(Map.entry("one", 40));
            assertThat(two.port()).isEqualTo(one.port());
            AtomicBoolean running = new AtomicBoolean(true);
            AtomicInteger failed = new AtomicInteger();
            Thread load = new Thread(() -> {
                while (running.get()) {
                    try {
                        Map<String, Integer> answers = ask(halftone, 10);
                        failed.addAndGet(10 - answers.getOrDefault("one", 0) - answers.getOrDefault("two", 0));
                    } catch (IOException e) {
                        failed.incrementAndGet();
                    }
                }
            });
            load.start();
            hosts("127.0.0.1 shop.test\n127.0.0.2 shop.test\n");
            awaitStates(halftone, "healthy", "healthy");
            hosts("127.0.0.2 shop.test\n");
            awaitStates(halftone, "healthy");
            assertThat(ask(halftone, 40)).containsOnly(Map.entry("two", 40));
            hosts("127.0.0.9 other.test\n");
            Awaitility.await().until(() -> halftone.log().contains("shop.test cannot be resolved"));
            assertThat(ask(halftone, 40)).containsOnly(Map.entry("two", 40));
            running.set(false);
            load.join();
            assertThat(failed.get()).isZero();
            JsonNode endpoint =
                    halftone.get("/api/v1/upstreams").get(0).get("endpoints").get(0);
            assertThat(endpoint.get("address").asText()).isEqualTo("127.0.0.2");
            assertThat(endpoint.get("endpoint").asText()).isEqualTo("shop.test:" + port);
            Awaitility.await().until(() -> !isConnectedTo("0100007F", port));
            assertThat(isConnectedTo("0200007F", port)).isTrue();
            one.die();
            assertThat(ask(halftone, 20)).containsOnly(Map.entry("two", 20));
        }
    }

    @Test
    void reload_upstreamUnchanged_whatIsOutStaysOut() throws Exception {
        try (Nginx one = Nginx.start(folder, says("one"));
                Nginx two = Nginx.start(folder, says("two"));
                Halftone halftone =
                        serve(endpoints(one, two), ", outlierDetection: {consecutiveErrors: 1, ejectionTime: 1h}")) {
            two.die();
            ask(halftone, 30);
            assertThat(states(halftone)).containsExactly("healthy", "ejected");
            halftone.signal("HUP");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> halftone.log().contains("reloaded"));
            assertThat(states(halftone)).containsExactly("healthy", "ejected");
            assertThat(ask(halftone, 100)).containsOnly(Map.entry("one", 100));
        }
    }
}
