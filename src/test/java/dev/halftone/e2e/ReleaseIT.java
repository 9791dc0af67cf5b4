package dev.halftone.e2e;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.Options;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release on the packaged program, against real nginx and against WireMock. */
@Tag("alone")
class ReleaseIT {
    private static final String STABLE =
            "location / { return 200 \"stable $http_x_halftone_version $http_x_halftone_route\"; }";
    private static final String CANARY =
            "location / { return 200 \"canary $http_x_halftone_version $http_x_halftone_route\"; }";

    @TempDir
    Path folder;

    private static String ask(Wire wire, String user) throws Exception {
        return wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + user + "\r\n\r\n")
                .readResponse();
    }

    private static String version(String response) {
        assertThat(response).startsWith("HTTP/1.1 200");
        return response.substring(response.indexOf("\r\n\r\n") + 4).split(" ", -1)[0];
    }

    /** SipHash-2-4 by the paper, on arbitrary precision, so that nothing is shared with the product. */
    private static boolean isCanary(String user, int ratio) throws Exception {
        byte[] key = MessageDigest.getInstance("SHA-256")
                .digest("shop/v2".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        BigInteger position = PaperSipHash.hash(key, user.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return position.multiply(BigInteger.valueOf(10_000)).shiftRight(64).intValue() < ratio * 100;
    }

    @Test
    void tenThousandUsers_ratioTen_tenPercentAndAlwaysTheSameVersion() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stable.port(), canary.port(), 10))) {
            Map<String, String> first = new HashMap<>();
            for (int round = 0; round < 2; round++) {
                try (Wire wire = new Wire(halftone.web())) {
                    for (int i = 0; i < 10_000; i++) {
                        String user = "user-" + i;
                        String response = ask(wire, user);
                        String version = version(response);
                        assertThat(response)
                                .endsWith(version + " " + version + " shop")
                                .doesNotContain("X-Halftone");
                        assertThat(first.getOrDefault(user, version)).isEqualTo(version);
                        first.put(user, version);
                        if (i < 500) {
                            assertThat(version).isEqualTo(isCanary(user, 10) ? "canary" : "stable");
                        }
                    }
                }
            }
            long onCanary = first.values().stream().filter("canary"::equals).count();
            System.out.printf("measured: %d of 10000 users on the canary at ratio 10%n", onCanary);
            assertThat(onCanary).isBetween(900L, 1100L);
        }
    }

    @Test
    void ratio_changedOverTheApi_decidesTheNextRequest() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stable.port(), canary.port(), 0));
                Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 50; i++) {
                halftone.ratio("100");
                assertThat(version(ask(wire, "u" + i))).isEqualTo("canary");
                halftone.ratio("0");
                assertThat(version(ask(wire, "u" + i))).isEqualTo("stable");
            }
            halftone.ratio("12.25");
            assertThat(halftone.route().get("ratio").asDouble()).isEqualTo(12.25);
            var refused = halftone.call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": 101}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("ratio: 101 (expected: 0..100)");
            assertThat(halftone.call("PUT", "/api/v1/routes/nope/ratio", "{\"ratio\": 1}")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(halftone.route().get("ratio").asDouble()).isEqualTo(12.25);
        }
    }

    private static WireMockServer wireMock(int status, String body) {
        WireMockServer server = new WireMockServer(WireMockConfiguration.options()
                .dynamicPort()
                .disableRequestJournal()
                .useChunkedTransferEncoding(Options.ChunkedEncodingPolicy.NEVER));
        server.start();
        server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
        return server;
    }

    /** Users who ask as fast as one connection each allows, and what they saw. */
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean running = new AtomicBoolean(true);
        private final AtomicLong bad = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final AtomicLong firstBadMillis = new AtomicLong();

        Load(int port, int connections) {
            for (int i = 0; i < connections; i++) {
                int number = i;
                Thread thread = new Thread(() -> ask(port, number));
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void ask(int port, int number) {
            try (Wire wire = new Wire(port)) {
                for (int i = 0; running.get(); i++) {
                    String response = ReleaseIT.ask(wire, "u" + number + "-" + i % 500);
                    if (response.startsWith("HTTP/1.1 5")) {
                        bad.incrementAndGet();
                        firstBadMillis.compareAndSet(0, System.currentTimeMillis());
                    }
                }
            } catch (Exception e) {
                if (running.get()) {
                    lost.incrementAndGet();
                }
            }
        }

        void stop() {
            running.set(false);
        }

        @Override
        public void close() {
            stop();
        }
    }

    private static void awaitRollback(Halftone halftone) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> halftone.route().get("phase").asText().equals("rolledBack"));
    }

    private static double secondsToRollback(Halftone halftone, Load load) throws Exception {
        for (JsonNode event : halftone.get("/api/v1/events?route=shop")) {
            if (event.get("action").asText().equals("rollback")) {
                return (Instant.parse(event.get("time").asText()).toEpochMilli() - load.firstBadMillis.get()) / 1e3;
            }
        }
        throw new AssertionError("no rollback in the trail");
    }

    @Test
    void canary_startsToAnswer500_isTakenBackAndStaysBackThroughKill9() throws Exception {
        WireMockServer stable = wireMock(200, "stable");
        WireMockServer canary = wireMock(200, "canary");
        AtomicLong reached = new AtomicLong();
        canary.addMockServiceRequestListener((request, response) -> reached.incrementAndGet());
        try {
            String yaml = Halftone.yaml(stable.port(), canary.port(), 20);
            try (Halftone halftone = Halftone.serve(folder, yaml);
                    Load load = new Load(halftone.web(), 8)) {
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> reached.get() > 300);
                canary.resetAll();
                canary.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(500)));
                awaitRollback(halftone);
                long before = reached.get();
                double seconds = secondsToRollback(halftone, load);
                long bad = load.bad.get();
                Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
                System.out.printf(
                        "measured: rollback %.2f s after the first bad answer, %d bad answers%n", seconds, bad);
                assertThat(reached.get()).as("requests that reached the canary").isEqualTo(before);
                assertThat(seconds).isLessThanOrEqualTo(3);
                assertThat(load.bad.get()).isEqualTo(bad);
                assertThat(load.lost.get()).isZero();
                assertThat(halftone.metrics())
                        .contains("halftone_rollbacks_total{check=\"too-many-errors\",route=\"shop\"} 1");
                load.stop();
                halftone.kill9();
            }
            try (Halftone again = Halftone.start(folder);
                    Wire wire = new Wire(again.web())) {
                assertThat(again.route().get("phase").asText()).isEqualTo("rolledBack");
                assertThat(again.route().get("ratio").asInt()).isZero();
                long before = reached.get();
                for (int i = 0; i < 500; i++) {
                    assertThat(version(ask(wire, "u" + i))).isEqualTo("stable");
                }
                assertThat(reached.get()).isEqualTo(before);
                var refused = again.call("POST", "/api/v1/routes/shop/releases", "{\"release\": \"v2\"}");
                assertThat(refused.statusCode()).isEqualTo(409);
                assertThat(again.call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": 5}")
                                .statusCode())
                        .isEqualTo(409);
                Files.writeString(folder.resolve("halftone.yaml"), yaml.replace("ratio: 20", "ratio: 30"));
                again.signal("HUP");
                Awaitility.await()
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> again.route().get("wanted").asInt() == 30);
                assertThat(again.route().get("ratio").asInt()).isZero();
                var started = again.call("POST", "/api/v1/routes/shop/releases", "{\"release\": \"v3\"}");
                assertThat(started.statusCode()).isEqualTo(202);
                assertThat(again.route().get("ratio").asInt()).isEqualTo(30);
            }
        } finally {
            stable.stop();
            canary.stop();
        }
    }

    @Test
    void canary_nginxSwitchedTo500_isTakenBack() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stable.port(), canary.port(), 10));
                Load load = new Load(halftone.web(), 4)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() ->
                            halftone.route().path("canary").path("requests").asLong() > 300);
            canary.become("location / { return 500; }");
            awaitRollback(halftone);
            double seconds = secondsToRollback(halftone, load);
            System.out.printf(
                    "measured: nginx canary taken back %.2f s after the first bad answer, %d bad answers%n",
                    seconds, load.bad.get());
            assertThat(seconds).isLessThanOrEqualTo(3);
            assertThat(load.lost.get()).isZero();
        }
    }

    @Test
    void canary_refusesConnections_isTakenBack() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stable.port(), Nginx.freePort(), 10));
                Load load = new Load(halftone.web(), 4)) {
            awaitRollback(halftone);
            assertThat(halftone.metrics()).contains("cause=\"connectRefused\",upstream=\"shop-v2\"");
            assertThat(load.lost.get()).isZero();
        }
    }

    @Test
    void reload_underLoadOf200Connections_losesNothingAndRefusesABadFileWhole() throws Exception {
        try (Nginx stable = Nginx.start(folder, STABLE);
                Nginx canary = Nginx.start(folder, CANARY);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stable.port(), canary.port(), 10));
                Load load = new Load(halftone.web(), 200)) {
            for (int i = 1; i <= 6; i++) {
                int ratio = 10 + i;
                String route = "    responseHeaders: {set: {X-Round: \"" + i + "\"}}\n";
                Files.writeString(
                        folder.resolve("halftone.yaml"), Halftone.yaml(stable.port(), canary.port(), ratio, "", route));
                if (i % 2 == 0) {
                    halftone.signal("HUP");
                }
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> halftone.route().get("ratio").asInt() == ratio);
            }
            Files.writeString(folder.resolve("halftone.yaml"), Halftone.yaml(stable.port(), canary.port(), 130));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> halftone.log().contains("routes[0].canary.ratio: 130 (expected: 0..100"));
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(16);
            assertThat(halftone.metrics()).contains("halftone_config_reloads_total{result=\"rejected\"} 1.0");
            assertThat(load.lost.get()).as("lost requests").isZero();
            assertThat(load.bad.get()).as("bad answers").isZero();
        }
    }

    @Test
    void sigterm_whileARequestIsUnderWay_finishesItAndRefusesNewOnes() throws Exception {
        WireMockServer slow = new WireMockServer(WireMockConfiguration.options().dynamicPort());
        slow.start();
        slow.stubFor(
                any(anyUrl()).willReturn(aResponse().withBody("late but whole").withFixedDelay(1500)));
        // Its first answer may take a second longer than the others, on a busy machine.
        HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(slow.baseUrl())).build(),
                        HttpResponse.BodyHandlers.discarding());
        slow.resetRequests();
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(slow.port(), slow.port(), 0));
                Wire wire = new Wire(halftone.web())) {
            wire.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> slow.getAllServeEvents().size() > 0
                            || halftone.metrics().contains("halftone_connections{listener=\"web\"} 1"));
            halftone.signal("TERM");
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !Nginx.isListening(halftone.web()));
            assertThat(halftone.call("GET", "/readyz", "").statusCode()).isEqualTo(503);
            assertThat(wire.readAll()).startsWith("HTTP/1.1 200").contains("late but whole");
            assertThat(halftone.exitStatus(20)).isZero();
        } finally {
            slow.stop();
        }
    }
}
