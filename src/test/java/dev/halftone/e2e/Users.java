package dev.halftone.e2e;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/**
 * Made-up users, who ask one after another on kept connections, and what they got: the body of each answer, bad answers, lost ones.
 */
final class Users implements Load {
    private static final int EACH = 500;
    private static final long PAUSE_NANOS = 2_000_000;

    private final BiConsumer<String, String> seen;
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    Users(int port, int connections) {
        this(port, connections, EACH, 0, (user, body) -> {});
    }

    /**
     * @param each users of a connection
     * @param everyNanos from one request of a connection to the next, whatever the answers take; 0: a pause after each answer
     * @param seen told each user and body of an answer with status 200; on the connections' threads
     */
    Users(int port, int connections, int each, long everyNanos, BiConsumer<String, String> seen) {
        this.seen = seen;
        long startNanos = System.nanoTime();
        for (int i = 0; i < connections; i++) {
            int number = i;
            Thread thread = new Thread(() -> ask(port, number, each, startNanos, everyNanos));
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void ask(int port, int number, int each, long startNanos, long everyNanos) {
        try (Wire wire = new Wire(port)) {
            for (int i = 0; running.get(); i++) {
                if (everyNanos > 0) {
                    LockSupport.parkNanos(startNanos + i * everyNanos - System.nanoTime());
                }
                String user = "u" + number + "-" + i % each;
                String answer = wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + user + "\r\n\r\n")
                        .readResponse();
                if (answer.startsWith("HTTP/1.1 200")) {
                    String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
                    answers.computeIfAbsent(body, name -> new AtomicLong()).incrementAndGet();
                    seen.accept(user, body);
                } else {
                    bad.incrementAndGet();
                }
                if (everyNanos == 0) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
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

    /** Answers with another body than this, and bad ones. */
    long others(String body) {
        return bad()
                + answers.entrySet().stream()
                        .filter(answer -> !answer.getKey().equals(body))
                        .mapToLong(answer -> answer.getValue().get())
                        .sum();
    }

    /** Answers with status 200, and bad ones. */
    long all() {
        return answers.values().stream().mapToLong(AtomicLong::get).sum() + bad();
    }

    @Override
    public long bad() {
        return bad.get();
    }

    @Override
    public long lost() {
        return lost.get();
    }

    @Override
    public void close() {
        running.set(false);
    }
}
