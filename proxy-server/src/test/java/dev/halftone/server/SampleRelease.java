package dev.halftone.server;

import com.sun.net.httpserver.HttpServer;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.ConfigLoader.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A release in whose life each metric shows: both versions answer, services report, the canary dies and is taken back. */
final class SampleRelease {
    /** Port 1 answers nobody: that is the canary. A new metric may need more here before it shows. */
    private static final String YAML = """
            version: 1
            admin: {address: "127.0.0.1:0"}
            state: {path: "%s"}
            listeners: [{name: web, address: "127.0.0.1:0"}]
            upstreams:
              - {name: shop-v1, endpoints: [{address: "127.0.0.1:%d"}]}
              - {name: shop-v2, endpoints: [{address: "127.0.0.1:1"}]}
            routes:
              - name: planned
                match: {path: {prefix: /planned}}
                stable: shop-v1
                canary: {upstream: shop-v2, release: v2, userKey: [{cookie: user_id}], steps: [{ratio: 50, hold: 1h}]}
              - name: tested
                match: {path: {prefix: /tested}}
                stable: shop-v1
                customMetrics: {names: [click]}
                canary:
                  strategy: abTest
                  release: v2
                  userKey: [{cookie: user_id}]
                  variants: [{name: a, upstream: shop-v1, share: 50}, {name: b, upstream: shop-v2, share: 50}]
                  goal: {metric: "custom:click", direction: up}
              - name: shop
                stable: shop-v1
                customMetrics: {names: [click]}
                retries: {attempts: 1}
                canary:
                  upstream: shop-v2
                  release: v2
                  userKey: [{cookie: user_id}]
                  ratio: 50
                  rescue: {}
                  mirror: {percent: 10}
            """;

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private SampleRelease() {}

    /** The OpenMetrics page after the rollback. */
    static String metricsPage(Path folder) throws IOException, InterruptedException {
        HttpServer stable = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stable.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        stable.start();
        String yaml =
                YAML.formatted(folder.resolve("state"), stable.getAddress().getPort());
        Path file = Files.writeString(folder.resolve("halftone.yaml"), yaml, StandardCharsets.UTF_8);
        if (!(ConfigLoader.load(file) instanceof Result.Loaded loaded)) {
            throw new IOException("not valid: " + ConfigLoader.load(file));
        }
        try (RunningProxy proxy = RunningProxy.start(loaded.settings())) {
            report(proxy);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        visit(proxy);
                        return page(proxy).contains("halftone_rollbacks_total{");
                    });
            return page(proxy);
        } finally {
            stable.stop(0);
        }
    }

    private static void report(RunningProxy proxy) throws IOException, InterruptedException {
        report(proxy, "shop", "[{\"name\": \"click\", \"version\": \"stable\", \"value\": 1}]");
        StringBuilder users = new StringBuilder();
        for (int user = 0; user < 500; user++) {
            users.append(user == 0 ? "[" : ",")
                    .append("{\"name\": \"click\", \"user\": \"u%d\", \"value\": %d}".formatted(user, user % 2));
        }
        report(proxy, "tested", users + "]");
    }

    private static void report(RunningProxy proxy, String route, String body) throws IOException, InterruptedException {
        HttpRequest click = HttpRequest.newBuilder(admin(proxy, "/api/v1/routes/" + route + "/metrics"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        int status = CLIENT.send(click, BodyHandlers.discarding()).statusCode();
        if (status >= 300) {
            throw new IOException("report: " + status);
        }
    }

    private static void visit(RunningProxy proxy) throws IOException, InterruptedException {
        int port = proxy.webAddresses().get(0).getPort();
        for (int user = 0; user < 20; user++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                    .header("Cookie", "user_id=" + user)
                    .build();
            CLIENT.send(request, BodyHandlers.discarding());
        }
    }

    private static String page(RunningProxy proxy) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(admin(proxy, "/metrics"))
                .header("Accept", "application/openmetrics-text")
                .build();
        return CLIENT.send(request, BodyHandlers.ofString()).body();
    }

    private static URI admin(RunningProxy proxy, String path) {
        return URI.create("http://127.0.0.1:" + proxy.adminAddress().getPort() + path);
    }
}
