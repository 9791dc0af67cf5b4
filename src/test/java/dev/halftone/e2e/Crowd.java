package dev.halftone.e2e;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Users who ask at a steady rate, whatever the answers take, on ten kept connections; and what each of them saw. A few of them load
 * something that takes seconds.
 */
final class Crowd implements Load {
    private static final int CONNECTIONS = 10;
    private static final int USERS = 60;

    private final AtomicBoolean running = new AtomicBoolean(true);
    private final Map<String, String> lastVersion = new ConcurrentHashMap<>();
    private final AtomicLong back = new AtomicLong();
    private final AtomicLong slow = new AtomicLong();
    private final AtomicLong badSlow = new AtomicLong();
    private final AtomicLong lostSlow = new AtomicLong();
    private final long startNanos = System.nanoTime();
    private final Users users;

    /** @param perSecond requests of all together, without the slow ones */
    Crowd(int port, int perSecond) {
        users = new Users(port, CONNECTIONS, USERS, 1_000_000_000L * CONNECTIONS / perSecond, this::seen);
        for (int i = 0; i < 3; i++) {
            Thread thread = new Thread(() -> load(port));
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** @param body version of the instance and side of the user */
    private void seen(String user, String body) {
        String version = body.split(" ", -1)[0];
        String before = lastVersion.put(user, version);
        if (before != null && before.compareTo(version) > 0) {
            back.incrementAndGet();
        }
    }

    private void load(int port) {
        try (Wire wire = new Wire(port)) {
            while (running.get() && badSlow.get() < 100) {
                String answer = wire.send("GET /big HTTP/1.1\r\nHost: shop\r\nCookie: user_id=slow\r\n\r\n")
                        .readResponse();
                (answer.endsWith("0123456789") && answer.length() > 6000 ? slow : badSlow).incrementAndGet();
            }
        } catch (Exception e) {
            if (running.get()) {
                lostSlow.incrementAndGet();
            }
        }
    }

    /** Answers with this body, as {@code v2 canary}. */
    long answers(String body) {
        return users.answers(body);
    }

    /** All answers so far but the slow ones. */
    long all() {
        return users.all();
    }

    long perSecond() {
        return all() * 1_000_000_000L / (System.nanoTime() - startNanos);
    }

    /** Answers other than 200, and slow ones that did not come whole. */
    @Override
    public long bad() {
        return users.bad() + badSlow.get();
    }

    /** Connections that were lost. */
    @Override
    public long lost() {
        return users.lost() + lostSlow.get();
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
        return all() + " answers, " + perSecond() + " a second, bad " + bad() + ", lost " + lost() + ", back " + back
                + ", slow " + slow;
    }

    @Override
    public void close() {
        running.set(false);
        users.close();
    }
}
