package dev.halftone.server.tracing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the spans of sampled requests from event loops, through a bounded queue, and sends them in batches on a thread of its
 * own. What does not fit is dropped and counted: a receiver that is slow or gone never touches a request. Any thread.
 */
public final class Tracing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);
    private static final int CAPACITY = 4096;
    static final int BATCH = 512;
    private static final long PERIOD_MILLIS = 200;
    private static final long CLOSE_SECONDS = 2;

    private final Sampling sampling;
    private final @Nullable SpanSink sink;
    private final Queue<RequestSpan> queue;
    private final @Nullable ScheduledExecutorService sender;
    private final LatencyExemplars exemplars = new LatencyExemplars();
    private final LongAdder exported = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private boolean failing;

    Tracing(Sampling sampling, @Nullable SpanSink sink) {
        this.sampling = sampling;
        this.sink = sink;
        queue = new MpscArrayQueue<>(sink == null ? 2 : CAPACITY);
        sender = sink == null ? null : Executors.newSingleThreadScheduledExecutor(Tracing::thread);
    }

    /** @param version of this program */
    public static Tracing start(TracingSettings settings, String version) {
        boolean recording = settings.otlp() != null;
        Sampling sampling = new Sampling(settings.sampleRatio(), recording);
        Tracing tracing = new Tracing(
                sampling,
                settings.otlp() == null ? null : new OtlpSink(settings.otlp(), settings.serviceName(), version));
        if (tracing.sender != null) {
            tracing.sender.scheduleWithFixedDelay(
                    tracing::sendWaiting, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
        return tracing;
    }

    public static Tracing off() {
        return new Tracing(Sampling.NEVER, null);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "halftone-spans");
        thread.setDaemon(true);
        return thread;
    }

    public Sampling sampling() {
        return sampling;
    }

    /** Never blocks. */
    public void offer(RequestSpan span) {
        if (!queue.offer(span)) {
            dropped.increment();
        }
    }

    /** Spans by what became of them: exported, failed, dropped. */
    public Map<String, Long> results() {
        return Map.of("exported", exported.sum(), "failed", failed.sum(), "dropped", dropped.sum());
    }

    /** The newest sampled requests of this route and version, one for each size of duration. */
    public List<RequestSpan> exemplars(String route, String version) {
        return exemplars.of(route, version);
    }

    /** All that waits, in batches. Sender's thread only. */
    void sendWaiting() {
        for (List<RequestSpan> batch = batch(); !batch.isEmpty(); batch = batch()) {
            batch.forEach(exemplars::add);
            send(batch);
        }
    }

    private List<RequestSpan> batch() {
        List<RequestSpan> batch = new ArrayList<>();
        RequestSpan span = queue.poll();
        while (span != null) {
            batch.add(span);
            span = batch.size() < BATCH ? queue.poll() : null;
        }
        return batch;
    }

    private void send(List<RequestSpan> batch) {
        String problem = sent(batch);
        (problem == null ? exported : failed).add(batch.size());
        if (problem != null && !failing) {
            LOG.warn("spans cannot be sent: {}; requests go on as ever, halftone_spans_total counts", problem);
        } else if (problem == null && failing) {
            LOG.info("spans are sent again");
        }
        failing = problem != null;
    }

    /** @return null if it arrived; whatever went wrong, the next batch is tried */
    private @Nullable String sent(List<RequestSpan> batch) {
        try {
            return sink == null ? "no receiver" : sink.send(batch);
        } catch (RuntimeException e) {
            LOG.error("a batch of spans is lost", e);
            return String.valueOf(e.getMessage());
        }
    }

    /** Sends what waits, for two seconds at most. */
    @Override
    public void close() {
        if (sender == null || sink == null) {
            return;
        }
        sender.execute(this::sendWaiting);
        sender.shutdown();
        try {
            if (!sender.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                sender.shutdownNow();
            }
        } catch (InterruptedException e) {
            sender.shutdownNow();
            Thread.currentThread().interrupt();
        }
        sink.close();
    }
}
