package dev.halftone.server.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Made-up users who ask the proxy at a steady rate, and what they saw. Any thread. */
final class Crowd implements AutoCloseable {
    static final int USERS = 2000;
    static final int REQUESTS_PER_SECOND = 600;

    private static final Logger LOG = LoggerFactory.getLogger(Crowd.class);
    private static final int THREADS = 12;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final URI target;
    private final Map<Integer, String> versions = new ConcurrentHashMap<>();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong switched = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong firstBadNanos = new AtomicLong();
    private final AtomicLong firstBadMillis = new AtomicLong();
    private volatile boolean running = true;
    private volatile boolean released = true;

    private Crowd(InetSocketAddress web) {
        target = URI.create("http://127.0.0.1:" + web.getPort() + "/");
    }

    static Crowd start(InetSocketAddress web) {
        Crowd crowd = new Crowd(web);
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            Thread thread = new Thread(() -> crowd.ask(number), "demo-users-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        return crowd;
    }

    private void ask(int number) {
        Random random = new Random(number);
        long gapNanos = 1_000_000_000L * THREADS / REQUESTS_PER_SECOND;
        long due = System.nanoTime() + gapNanos * number / THREADS;
        while (running) {
            LockSupport.parkNanos(due - System.nanoTime());
            due = Math.max(due + gapNanos, System.nanoTime() - gapNanos);
            try {
                ask(random.nextInt(USERS), released);
            } catch (IOException e) {
                lost.incrementAndGet();
                LOG.debug("a request was lost", e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void ask(int user, boolean duringRelease) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(target)
                .timeout(Duration.ofSeconds(5))
                .header("Cookie", "user_id=user-" + user)
                .build();
        HttpResponse<Void> response = client.send(request, HttpResponse.BodyHandlers.discarding());
        answers.incrementAndGet();
        String version = response.headers().firstValue("X-Served-By").orElse("none");
        if (duringRelease && released) {
            String before = versions.putIfAbsent(user, version);
            if (before != null && !before.equals(version)) {
                switched.incrementAndGet();
            }
        }
        if (response.statusCode() >= 500) {
            bad.incrementAndGet();
            if (firstBadNanos.compareAndSet(0, System.nanoTime())) {
                firstBadMillis.set(System.currentTimeMillis());
            }
        }
    }

    /** From here on users may be on another version than before. */
    void releaseEnds() {
        released = false;
    }

    long answers() {
        return answers.get();
    }

    long bad() {
        return bad.get();
    }

    long switched() {
        return switched.get();
    }

    long lost() {
        return lost.get();
    }

    /** Epoch milliseconds, 0 before. */
    long firstBadMillis() {
        return firstBadMillis.get();
    }

    long usersOn(String version) {
        return versions.values().stream().filter(version::equals).count();
    }

    @Override
    public void close() {
        running = false;
    }
}
