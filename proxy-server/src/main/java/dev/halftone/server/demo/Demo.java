package dev.halftone.server.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.server.cli.CommandFailure;
import dev.halftone.server.cli.Launcher.DemoOptions;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main job as a story: two services, made-up users, a release that goes bad and is taken back. What it tells is measured
 * from outside, by the users and the services, against the same proxy that {@code serve} runs. One thread tells it.
 */
public final class Demo {
    private static final Logger LOG = LoggerFactory.getLogger(Demo.class);
    private static final long HEALTHY_SECONDS = 6;
    private static final long AFTER_SECONDS = 4;
    private static final long PATIENCE_SECONDS = 20;
    private static final int USUAL_PORT = 8080;
    private static final double MOST_SECONDS_TO_ROLLBACK = 3;

    private final PrintWriter out;
    private final Proxy proxy;
    private final DemoService stable;
    private final DemoService canary;
    private final Crowd crowd;
    private final HttpClient client = HttpClient.newHttpClient();

    /** A proxy that was started for the demo. */
    public record Proxy(InetSocketAddress web, InetSocketAddress admin, Runnable stop) {}

    /** Starts the real proxy. */
    @FunctionalInterface
    public interface Starter {
        Proxy start(Settings settings) throws IOException;
    }

    private Demo(PrintWriter out, Proxy proxy, DemoService stable, DemoService canary) {
        this.out = out;
        this.proxy = proxy;
        this.stable = stable;
        this.canary = canary;
        this.crowd = Crowd.start(proxy.web());
    }

    /** @return 0 if the rollback came and every number was right, else 1 */
    public static int play(DemoOptions options, PrintWriter out, Starter starter) throws CommandFailure, IOException {
        Path state = Files.createTempDirectory("halftone-demo");
        try (DemoService stable = DemoService.start("v1");
                DemoService canary = DemoService.start("v2")) {
            int port = options.port() >= 0 ? options.port() : usualOrFree();
            int adminPort = options.once() ? 0 : isFree(9901) ? 9901 : 0;
            String yaml = yaml(port, adminPort, stable.port(), canary.port(), state);
            if (options.showConfig()) {
                out.println(yaml);
            }
            Proxy proxy = starter.start(settings(yaml));
            try {
                return new Demo(out, proxy, stable, canary).tell(options.once());
            } finally {
                proxy.stop().run();
            }
        } finally {
            delete(state);
        }
    }

    private static Settings settings(String yaml) throws CommandFailure {
        ConfigLoader.Result result = ConfigLoader.parse("demo.yaml", yaml);
        if (result instanceof ConfigLoader.Result.Loaded loaded) {
            return loaded.settings();
        }
        throw CommandFailure.failed("the demo's own configuration is refused: " + result);
    }

    private static int usualOrFree() {
        return isFree(USUAL_PORT) ? USUAL_PORT : 0;
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static String yaml(int port, int adminPort, int stable, int canary, Path state) {
        return """
                version: 1
                listeners:
                  - {name: web, address: "127.0.0.1:%d"}
                upstreams:
                  - {name: shop-v1, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: shop-v2, endpoints: [{address: "127.0.0.1:%d"}]}
                routes:
                  - name: shop
                    stable: shop-v1
                    canary:
                      upstream: shop-v2
                      release: v2
                      userKey: [{cookie: user_id}]
                      ratio: 10
                admin: {address: "127.0.0.1:%d"}
                state: {path: '%s'}
                """.formatted(port, stable, canary, adminPort, state);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private int tell(boolean once) throws IOException {
        try (crowd) {
            begin();
            JsonNode rolledBack = goBad();
            if (rolledBack == null) {
                out.println();
                out.println("FAILED: the release was not rolled back within " + PATIENCE_SECONDS + " s.");
                return CommandFailure.FAILED;
            }
            boolean right = end(rolledBack);
            if (!once) {
                goOn();
            }
            return right ? 0 : CommandFailure.FAILED;
        }
    }

    private void begin() {
        say("Halftone demo: one shop, two versions of it, and a release that goes bad.");
        say("");
        say(
                "  stable  shop-v1 on port %d, canary shop-v2 on port %d, proxy on %s",
                stable.port(), canary.port(), url(proxy.web()));
        say(
                "  %d made-up users, %d requests a second; release v2 goes to 10 %% of the users,",
                Crowd.USERS, Crowd.REQUESTS_PER_SECOND);
        say(
                "  watched by the default checks: a stop on the spot for outright failure; errors and latency against stable's.");
        say("");
        pause(HEALTHY_SECONDS);
        long all = crowd.usersOn("v1") + crowd.usersOn("v2");
        say(
                "[%4.1f s] All is well: %d answers, %d errors. %d of %d users (%.1f %%) are on the canary,",
                HEALTHY_SECONDS * 1.0,
                crowd.answers(),
                crowd.bad(),
                crowd.usersOn("v2"),
                all,
                100.0 * crowd.usersOn("v2") / Math.max(1, all));
        say(
                "         and %s.",
                crowd.switched() == 0
                        ? "each of them got the same version every time"
                        : crowd.switched() + " answers came from another version than before");
    }

    /** The route's JSON once it is rolled back, or null if that does not come. */
    private @org.jspecify.annotations.Nullable JsonNode goBad() throws IOException {
        say("[%4.1f s] Now the canary breaks: it answers every request with 500.", HEALTHY_SECONDS * 1.0);
        // From here on a user may rightly move: home, to stable.
        crowd.releaseEnds();
        canary.turnBad();
        long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (System.nanoTime() - deadline < 0) {
            JsonNode route = get("/api/v1/routes/shop");
            if (route.path("phase").asText().equals("rolledBack")) {
                return route;
            }
            LockSupport.parkNanos(20_000_000);
        }
        return null;
    }

    private boolean end(JsonNode route) throws IOException {
        long reachedBefore = canary.requests();
        double seconds = (rollbackMillis() - crowd.firstBadMillis()) / 1e3;
        pause(AFTER_SECONDS);
        long reachedAfter = canary.requests() - reachedBefore;
        say(
                "[%4.1f s] Rolled back: %s",
                HEALTHY_SECONDS + seconds, route.path("reason").asText());
        say("");
        say("  %-52s %8.2f s", "first bad answer to ratio 0:", seconds);
        say("  %-52s %8d", "bad answers that users got until then:", crowd.bad());
        say("  %-52s %8d", "requests that reached the canary after that:", reachedAfter);
        say("  %-52s %8d", "answers in all:", crowd.answers());
        say("  %-52s %8d", "answers lost:", crowd.lost());
        say("  %-52s %8d", "users who changed version while all was well:", crowd.switched());
        say("");
        boolean right =
                reachedAfter == 0 && crowd.lost() == 0 && crowd.switched() == 0 && seconds <= MOST_SECONDS_TO_ROLLBACK;
        if (right) {
            say("Everybody is back on v1. The rollback holds for release v2: no restart or reload undoes it.");
        } else {
            say(
                    "FAILED: expected at most %.0f s, no request to the canary after it, none lost, no user moved.",
                    MOST_SECONDS_TO_ROLLBACK);
        }
        return right;
    }

    private long rollbackMillis() throws IOException {
        for (JsonNode event : get("/api/v1/events?route=shop")) {
            if (event.path("action").asText().equals("rollback")) {
                return Instant.parse(event.path("time").asText()).toEpochMilli();
            }
        }
        throw new IOException("the rollback is not in the audit trail");
    }

    private void goOn() {
        canary.turnGood();
        String admin = proxy.admin().getPort() == 9901 ? "" : " --admin " + url(proxy.admin());
        say("");
        say("The canary is mended and the users go on asking. Try, in another terminal:");
        say("  scripts/halftone status%s", admin);
        say("  scripts/halftone history%s", admin);
        say("  scripts/halftone release shop v3%s", admin);
        say("  scripts/halftone ratio shop 50%s", admin);
        say(
                "Page of all routes: %s/   metrics: %s/metrics   Ctrl-C ends the demo.",
                url(proxy.admin()), url(proxy.admin()));
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            LOG.debug("the demo was interrupted", e);
        }
    }

    private JsonNode get(String path) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url(proxy.admin()) + path)).build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return new ObjectMapper().readTree(response.body());
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private static String url(InetSocketAddress address) {
        return "http://127.0.0.1:" + address.getPort();
    }

    private void say(String format, Object... values) {
        out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
        out.flush();
    }

    private static void pause(long seconds) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
