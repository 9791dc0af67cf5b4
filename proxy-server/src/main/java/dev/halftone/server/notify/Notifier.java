package dev.halftone.server.notify;

import dev.halftone.server.store.StateStore;
import dev.halftone.server.store.StateStore.Recorded;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells receivers what the trail records. One thread of its own does all; the thread that writes the trail only hands over.
 * Methods may be called from any thread.
 *
 * <p>At least once: how far each receiver has come is stored after each message, so a message that was under way when the
 * process ended is sent again after the next start, with the same id.
 */
public final class Notifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    /** What is older at a start is news to nobody. */
    private static final long STALE_MILLIS = Duration.ofDays(1).toMillis();

    private static final int PAGE = 1000;

    private final StateStore store;
    private final Transport transport;
    private final Backoff backoff;
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong retried = new AtomicLong();
    private final AtomicLong gaveUp = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final ScheduledExecutorService thread;
    private final Closeable watch;
    private long seen;
    private Map<String, Long> storedMarks = Map.of();
    private boolean marksFail;

    private Notifier(StateStore store, Transport transport, Backoff backoff) {
        this.store = store;
        this.transport = transport;
        this.backoff = backoff;
        thread = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread notify = new Thread(work, "halftone-notify");
            notify.setDaemon(true);
            return notify;
        });
        watch = store.watch(recorded -> thread.execute(() -> accept(recorded)));
    }

    /** Takes up what receivers have not been told yet, and watches the trail from here on. */
    public static Notifier start(List<Receiver> receivers, StateStore store) {
        return start(receivers, store, new HttpTransport(), Backoff.DEFAULT);
    }

    static Notifier start(List<Receiver> receivers, StateStore store, Transport transport, Backoff backoff) {
        // Watching begins before the past is read, so that nothing falls between; ids keep it from coming twice.
        Notifier notifier = new Notifier(store, transport, backoff);
        CompletableFuture.runAsync(() -> notifier.begin(receivers), notifier.thread)
                .join();
        return notifier;
    }

    private void begin(List<Receiver> receivers) {
        storedMarks = store.marks();
        for (Recorded newest : store.latestEvents(null, 1)) {
            seen = Math.max(seen, newest.id());
        }
        use(receivers, storedMarks);
    }

    /**
     * Other receivers from now on. Those that stay keep what waits for them; those that go are still told what waits, and
     * nothing new. Done when it holds.
     */
    public CompletableFuture<Void> reload(List<Receiver> receivers) {
        return CompletableFuture.runAsync(() -> use(receivers, Map.of()), thread);
    }

    /** @param marks where a receiver that is not known yet goes on; one without a mark begins now */
    private void use(List<Receiver> receivers, Map<String, Long> marks) {
        lines.values().forEach(Line::retire);
        for (Receiver receiver : receivers) {
            Line known = lines.get(receiver.id());
            if (known != null) {
                known.receiver(receiver);
                continue;
            }
            long mark = Math.min(seen, marks.getOrDefault(receiver.id(), seen));
            Line line = new Line(receiver, new Outbox(backoff, mark));
            lines.put(receiver.id(), line);
            replay(line, mark);
        }
        lines.values().removeIf(Line::isDone);
        storeMarks();
        lines.values().forEach(this::pump);
    }

    private void replay(Line line, long mark) {
        long freshMillis = System.currentTimeMillis() - STALE_MILLIS;
        long after = mark;
        while (after < seen) {
            List<Recorded> page = store.events(null, after, PAGE);
            if (page.isEmpty()) {
                return;
            }
            for (Recorded recorded : page) {
                if (recorded.id() <= seen) {
                    offer(line, recorded, recorded.event().atMillis() >= freshMillis);
                }
            }
            after = page.get(page.size() - 1).id();
        }
    }

    private void accept(Recorded recorded) {
        if (recorded.id() <= seen) {
            return;
        }
        seen = recorded.id();
        for (Line line : lines.values()) {
            offer(line, recorded, true);
            pump(line);
        }
    }

    private void offer(Line line, Recorded recorded, boolean isFresh) {
        if (!isFresh || !line.wants(Kind.of(recorded.event()))) {
            line.outbox().skip(recorded.id());
            return;
        }
        if (line.outbox().add(recorded)) {
            return;
        }
        dropped.incrementAndGet();
        if (line.startsDropping()) {
            LOG.warn(
                    "notifications to {}: more than {} wait; the oldest are dropped",
                    line.receiver().shown(),
                    Outbox.MOST);
        }
    }

    /** Sends what is due, or comes back when it is. */
    private void pump(Line line) {
        long nowMillis = System.currentTimeMillis();
        Recorded next = line.outbox().next(nowMillis);
        if (next != null) {
            send(line, next, nowMillis);
            return;
        }
        long due = line.outbox().dueMillis();
        if (due != Long.MAX_VALUE && !thread.isShutdown()) {
            line.timer(thread.schedule(() -> pump(line), due - nowMillis, TimeUnit.MILLISECONDS));
        }
    }

    private void send(Line line, Recorded recorded, long nowMillis) {
        Receiver receiver = line.receiver();
        Kind kind = Kind.of(recorded.event());
        if (kind == null) {
            throw new IllegalStateException(
                    "event " + recorded.id() + " is told to nobody (expected: not in an outbox)");
        }
        Message message = Message.of(recorded, kind, receiver.linkBase());
        transport
                .post(Letter.write(receiver, message, nowMillis), receiver.timeout())
                .handleAsync((reply, failure) -> finished(line, receiver, message, reply, failure), thread);
    }

    private boolean finished(
            Line line, Receiver receiver, Message message, @Nullable Reply reply, @Nullable Throwable failure) {
        String problem = reply == null ? named(failure, receiver) : reply.problem(receiver.format());
        if (problem == null) {
            line.outbox().delivered();
            line.arrived();
            delivered.incrementAndGet();
        } else {
            failed(line, message, problem, reply == null ? 0 : reply.retryAfterMillis());
        }
        if (line.isDone()) {
            lines.remove(receiver.id());
        }
        storeMarks();
        pump(line);
        return problem == null;
    }

    private void failed(Line line, Message message, String problem, long askedMillis) {
        boolean isLast = line.outbox()
                .failed(
                        System.currentTimeMillis(),
                        askedMillis,
                        ThreadLocalRandom.current().nextDouble());
        if (!isLast) {
            retried.incrementAndGet();
            return;
        }
        gaveUp.incrementAndGet();
        LOG.warn(
                "notification {} ({}, route {}, release {}) to {} is given up after {} tries: {}",
                message.id(),
                message.kind().label(),
                message.recorded().event().route(),
                message.recorded().event().release(),
                line.receiver().shown(),
                backoff.tries(),
                problem);
    }

    /** By its class alone: a client's own words may hold the address. */
    static String named(@Nullable Throwable failure, Receiver receiver) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException) {
            return "no answer within " + receiver.timeout().toMillis() + " ms";
        }
        return cause instanceof java.net.ConnectException
                ? "no connection"
                : cause == null ? "no answer" : cause.getClass().getSimpleName();
    }

    private void storeMarks() {
        Map<String, Long> marks = new LinkedHashMap<>();
        lines.forEach((id, line) -> marks.put(id, line.outbox().mark()));
        if (marks.equals(storedMarks)) {
            return;
        }
        try {
            store.marks(marks);
            storedMarks = marks;
            marksFail = false;
        } catch (IOException e) {
            if (!marksFail) {
                LOG.warn(
                        "how far notifications have come cannot be stored; after a restart some may come again: {}",
                        e.getMessage());
            }
            marksFail = true;
        }
    }

    /** What became of tries and messages since the process started, by the metric's words. */
    public Map<String, Long> results() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("delivered", delivered.get());
        counts.put("retried", retried.get());
        counts.put("gaveUp", gaveUp.get());
        counts.put("dropped", dropped.get());
        return counts;
    }

    /** Call it when nothing is written to the trail any more. What waits is sent after the next start. */
    @Override
    public void close() {
        try {
            watch.close();
        } catch (IOException e) {
            LOG.error("the notifications could not be taken off their store: {}", e.getMessage());
        }
        CompletableFuture.runAsync(this::storeMarks, thread).join();
        thread.shutdownNow();
    }
}
