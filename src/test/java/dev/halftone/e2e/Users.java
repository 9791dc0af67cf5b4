package dev.halftone.e2e;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Made-up users, who ask one after another on kept connections, each connection at most 500 times a second, and what they got: the
 * first word of each answer's body, bad answers, lost ones.
 */
final class Users implements AutoCloseable {
    private static final int EACH = 500;

    private final AtomicBoolean running = new AtomicBoolean(true);
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    Users(int port, int connections) {
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
                String user = "u" + number + "-" + i % EACH;
                String answer = wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + user + "\r\n\r\n")
                        .readResponse();
                if (answer.startsWith("HTTP/1.1 200")) {
                    String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
                    answers.computeIfAbsent(body, name -> new AtomicLong()).incrementAndGet();
                } else {
                    bad.incrementAndGet();
                }
                LockSupport.parkNanos(2_000_000);
            }
        } catch (Exception e) {
            if (running.get()) {
                lost.incrementAndGet();
            }
        }
    }

    /** Answers with this body. */
    long answers(String body) {
        AtomicLong count = answers.get(body);
        return count == null ? 0 : count.get();
    }

    long bad() {
        return bad.get();
    }

    long lost() {
        return lost.get();
    }

    @Override
    public void close() {
        running.set(false);
    }
}
