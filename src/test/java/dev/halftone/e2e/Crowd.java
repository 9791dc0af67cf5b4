package dev.halftone.e2e;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Users who ask at a steady rate, whatever the answers take, on ten kept connections; and what each of them saw. A few of them load
 * something that takes seconds.
 */
final class Crowd implements AutoCloseable {
    private static final int CONNECTIONS = 10;
    private static final int USERS = 60;

    private final AtomicBoolean running = new AtomicBoolean(true);
    private final Map<String, String> lastVersion = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final AtomicLong all = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong back = new AtomicLong();
    private final AtomicLong slow = new AtomicLong();
    private final long startNanos = System.nanoTime();

    /** @param perSecond requests of all together, without the slow ones */
    Crowd(int port, int perSecond) {
        long everyNanos = 1_000_000_000L * CONNECTIONS / perSecond;
        for (int i = 0; i < CONNECTIONS; i++) {
            int number = i;
            start(() -> ask(port, number, everyNanos));
        }
        for (int i = 0; i < 3; i++) {
            start(() -> load(port));
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    private void ask(int port, int number, long everyNanos) {
        try (Wire wire = new Wire(port)) {
            for (int i = 0; running.get(); i++) {
                LockSupport.parkNanos(startNanos + i * everyNanos - System.nanoTime());
                String user = "u" + number + "-" + i % USERS;
                String answer = wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + user + "\r\n\r\n")
                        .readResponse();
                all.incrementAndGet();
                if (answer.startsWith("HTTP/1.1 200")) {
                    seen(user, answer.substring(answer.indexOf("\r\n\r\n") + 4));
                } else {
                    bad.incrementAndGet();
                }
            }
        } catch (Exception e) {
            if (running.get()) {
                lost.incrementAndGet();
            }
        }
    }

    /** @param body version of the instance and side of the user */
    private void seen(String user, String body) {
        answers.computeIfAbsent(body, name -> new AtomicLong()).incrementAndGet();
        String version = body.split(" ", -1)[0];
        String before = lastVersion.put(user, version);
        if (before != null && before.compareTo(version) > 0) {
            back.incrementAndGet();
        }
    }

    private void load(int port) {
        try (Wire wire = new Wire(port)) {
            while (running.get() && bad.get() < 100) {
                String answer = wire.send("GET /big HTTP/1.1\r\nHost: shop\r\nCookie: user_id=slow\r\n\r\n")
                        .readResponse();
                if (answer.endsWith("0123456789") && answer.length() > 6000) {
                    slow.incrementAndGet();
                } else {
                    bad.incrementAndGet();
                }
            }
        } catch (Exception e) {
            if (running.get()) {
                lost.incrementAndGet();
            }
        }
    }

    /** Answers with this body, as {@code v2 canary}. */
    long answers(String body) {
        AtomicLong count = answers.get(body);
        return count == null ? 0 : count.get();
    }

    /** All answers so far but the slow ones. */
    long all() {
        return all.get();
    }

    long perSecond() {
        return all.get() * 1_000_000_000L / (System.nanoTime() - startNanos);
    }

    /** Answers other than 200. */
    long bad() {
        return bad.get();
    }

    /** Connections that were lost. */
    long lost() {
        return lost.get();
    }

    /** How often a user who had seen a version saw one before it. */
    long wentBack() {
        return back.get();
    }

    /** Answers that took seconds and came whole. */
    long slow() {
        return slow.get();
    }

    @Override
    public String toString() {
        return all + " answers, " + perSecond() + " a second, " + answers + ", bad " + bad + ", lost " + lost
                + ", back " + back + ", slow " + slow;
    }

    @Override
    public void close() {
        running.set(false);
    }
}
