package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told what becomes of a release: the packaged program against a receiver of this test. */
class NotifyIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = "a secret that nobody sees";

    @TempDir
    Path folder;

    /** What a receiver got. */
    private record Got(String id, long seconds, String signature, String body) {
        JsonNode json() throws IOException {
            return JSON.readTree(body);
        }
    }

    /** Notes what is posted; fails the first so many, or holds its answers back until it is let go. */
    private static final class Receiver implements AutoCloseable {
        private final List<Got> got = new CopyOnWriteArrayList<>();
        private final AtomicInteger failures = new AtomicInteger();
        private final CountDownLatch letGo = new CountDownLatch(1);
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final HttpServer server;
        private volatile boolean holding;

        Receiver() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/hook", this::serve);
            server.start();
        }

        private void serve(HttpExchange exchange) throws IOException {
            String seconds = exchange.getRequestHeaders().getFirst("webhook-timestamp");
            assertThat(exchange.getRequestHeaders().getFirst("Idempotency-Key"))
                    .isEqualTo(exchange.getRequestHeaders().getFirst("webhook-id"));
            got.add(new Got(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    Long.parseLong(seconds),
                    String.valueOf(exchange.getRequestHeaders().getFirst("webhook-signature")),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            if (holding) {
                try {
                    letGo.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            exchange.sendResponseHeaders(failures.getAndDecrement() > 0 ? 503 : 200, -1);
            exchange.close();
        }

        int port() {
            return server.getAddress().getPort();
        }

        List<String> types() throws IOException {
            List<String> types = new CopyOnWriteArrayList<>();
            for (Got each : got) {
                types.add(each.json().get("type").asText());
            }
            return types;
        }

        void awaitGot(int count) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .pollInterval(Duration.ofMillis(20))
                    .untilAsserted(() -> assertThat(got).hasSizeGreaterThanOrEqualTo(count));
        }

        @Override
        public void close() {
            letGo.countDown();
            server.stop(0);
            threads.shutdownNow();
        }
    }

    private String yaml(int receiver, String more) throws IOException {
        Files.writeString(folder.resolve("key"), SECRET);
        return Halftone.yaml(1, 2, 10) + "notifications:\n  - {webhook: \"http://127.0.0.1:" + receiver
                + "/hook?token=hunter2\", secret: {file: key}" + more + "}\n";
    }

    private static void command(Halftone halftone, String command, String reason) throws Exception {
        var answer = halftone.call("POST", "/api/v1/routes/shop/" + command, "{\"reason\": \"" + reason + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static void awaitMetric(Halftone halftone, String result, int value) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(halftone.metrics())
                        .contains("halftone_notifications_total{result=\"" + result + "\"} " + value + ".0"));
    }

    private static Scripted service(int status) throws IOException {
        return new Scripted(socket -> {
            while (true) {
                Scripted.readHead(socket);
                Scripted.write(socket, "HTTP/1.1 " + status + " X\r\nContent-Length: 2\r\n\r\nok");
            }
        });
    }

    @Test
    void example_canaryFails_itsRollbackIsToldOnce() throws Exception {
        String example = Files.readString(Path.of(System.getProperty("halftone.root"), "config", "notifications.yaml"));
        try (Receiver receiver = new Receiver();
                Scripted stable = service(200);
                Scripted canary = service(500)) {
            String here = example.replace("version: 1\n", "version: 1\nadmin: {address: \"127.0.0.1:0\"}\n")
                    .replace("127.0.0.1:8080", "127.0.0.1:0")
                    .replace("127.0.0.1:8081", "127.0.0.1:" + stable.port())
                    .replace("127.0.0.1:8082", "127.0.0.1:" + canary.port())
                    .replace("127.0.0.1:9000", "127.0.0.1:" + receiver.port());
            try (Halftone halftone = Halftone.serve(folder, here);
                    Wire wire = new Wire(halftone.web())) {
                AtomicInteger users = new AtomicInteger();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> {
                            for (int i = 0; i < 50; i++) {
                                wire.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: user_id=u" + users.incrementAndGet()
                                                + "\r\n\r\n")
                                        .readResponse();
                            }
                            return halftone.route().get("phase").asText().equals("rolledBack");
                        });
                command(halftone, "rollback", "again, which changes nothing");
                halftone.call("POST", "/api/v1/routes/shop/releases", "{\"release\": \"v3\"}");
                command(halftone, "pause", "lunch");
                receiver.awaitGot(2);
                assertThat(receiver.types()).containsExactly("rolledBack", "paused");
                JsonNode rollback = receiver.got.get(0).json();
                assertThat(rollback.get("text").asText())
                        .startsWith(
                                "Halftone: release v2 on route shop was rolled back\nFrom: progressing, 20 % of users")
                        .contains("\nWho: Halftone itself, by check ")
                        .contains("\nWhy: ")
                        .endsWith("\nhttp://127.0.0.1:9901/?route=shop");
                assertThat(receiver.got.get(1).json().get("text").asText())
                        .contains("\nWho: operator@127.0.0.1\nWhy: lunch\n");
                awaitMetric(halftone, "delivered", 2);
            }
        }
    }

    @Test
    void receiver_failsFirst_getsItLaterSignedAndWithTheSameId() throws Exception {
        try (Receiver receiver = new Receiver()) {
            receiver.failures.set(2);
            try (Halftone halftone = Halftone.serve(folder, yaml(receiver.port(), ""))) {
                command(halftone, "rollback", "odd");
                receiver.awaitGot(3);
                awaitMetric(halftone, "delivered", 1);
                awaitMetric(halftone, "retried", 2);
                assertThat(receiver.got).hasSize(3);
                assertThat(receiver.got)
                        .extracting(Got::id)
                        .containsOnly(receiver.got.get(0).id());
                for (Got each : receiver.got) {
                    Mac mac = Mac.getInstance("HmacSHA256");
                    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                    mac.update((each.id() + "." + each.seconds() + "." + each.body()).getBytes(StandardCharsets.UTF_8));
                    assertThat(each.signature())
                            .isEqualTo("v1," + Base64.getEncoder().encodeToString(mac.doFinal()));
                }
                assertThat(halftone.log()).doesNotContain("hunter2").doesNotContain(SECRET);
            }
        }
    }

    @Test
    void receiver_neverAnswers_delaysNothing() throws Exception {
        try (Receiver receiver = new Receiver()) {
            receiver.holding = true;
            try (Halftone halftone = Halftone.serve(folder, yaml(receiver.port(), ", on: [step, rolledBack]"))) {
                halftone.ratio("11");
                receiver.awaitGot(1);
                long start = System.nanoTime();
                for (int i = 12; i < 62; i++) {
                    halftone.ratio(Integer.toString(i));
                }
                command(halftone, "rollback", "now");
                long millis = (System.nanoTime() - start) / 1_000_000;
                assertThat(halftone.route().get("ratio").asInt()).isZero();
                assertThat(receiver.got).as("one at a time").hasSize(1);
                System.out.printf("measured: 50 steps and a rollback in %d ms while a receiver hangs%n", millis);
                assertThat(millis).isLessThan(5000);
            }
        }
    }

    @Test
    void reload_otherReceiver_whatWaitsIsStillToldAndNewsGoToTheNewOne() throws Exception {
        try (Receiver first = new Receiver();
                Receiver second = new Receiver()) {
            first.failures.set(1);
            try (Halftone halftone = Halftone.serve(folder, yaml(first.port(), ""))) {
                command(halftone, "pause", "one");
                first.awaitGot(1);
                Files.writeString(folder.resolve("halftone.yaml"), yaml(second.port(), ""));
                halftone.signal("HUP");
                Awaitility.await()
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> halftone.metrics().contains("reloads_total{result=\"accepted\"} 1.0"));
                command(halftone, "rollback", "two");
                first.awaitGot(2);
                second.awaitGot(1);
                assertThat(first.types()).containsExactly("paused", "paused");
                assertThat(second.types()).containsExactly("rolledBack");
            }
        }
    }

    @Test
    void kill9_beforeTheReceiverAnswered_itIsToldAfterTheRestart() throws Exception {
        try (Receiver receiver = new Receiver()) {
            receiver.holding = true;
            try (Halftone halftone = Halftone.serve(folder, yaml(receiver.port(), ", timeout: 1m"))) {
                command(halftone, "rollback", "odd");
                receiver.awaitGot(1);
                halftone.kill9();
            }
            receiver.holding = false;
            try (Halftone halftone = Halftone.start(folder)) {
                receiver.awaitGot(2);
                awaitMetric(halftone, "delivered", 1);
                assertThat(receiver.types()).containsExactly("rolledBack", "rolledBack");
                assertThat(receiver.got.get(1).id())
                        .isEqualTo(receiver.got.get(0).id());
                assertThat(halftone.route().get("phase").asText()).isEqualTo("rolledBack");
            }
            try (Halftone halftone = Halftone.start(folder)) {
                halftone.call("POST", "/api/v1/routes/shop/releases", "{\"release\": \"v3\"}");
                command(halftone, "pause", "lunch");
                receiver.awaitGot(3);
                assertThat(receiver.types()).containsExactly("rolledBack", "rolledBack", "paused");
            }
        }
    }
}
