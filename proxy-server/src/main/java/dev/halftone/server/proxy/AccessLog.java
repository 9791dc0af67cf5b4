package dev.halftone.server.proxy;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.halftone.core.routing.Choice;
import dev.halftone.server.http1.RequestHead;
import io.netty.util.NetUtil;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscBlockingConsumerArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line for each request. Event loops only put entries into a bounded queue; a thread of its own formats and writes.
 * When the queue is full, entries are dropped and counted: a slow disk never slows a request.
 */
final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int CAPACITY = 1 << 16;
    private static final int MAX_TEXT = 2048;

    private final @Nullable Writer writer;

    private AccessLog(@Nullable Writer writer) {
        this.writer = writer;
    }

    static AccessLog off() {
        return new AccessLog(null);
    }

    /** @throws IOException if the file cannot be opened for appending, with its path and the cause */
    static AccessLog open(Path path) throws IOException {
        Writer writer = new Writer(path, openStream(path));
        writer.start();
        return new AccessLog(writer);
    }

    private static OutputStream openStream(Path path) throws IOException {
        if (path.toString().equals("/dev/stdout")) {
            return System.out;
        }
        try {
            return new BufferedOutputStream(new FileOutputStream(path.toFile(), true), 1 << 16);
        } catch (IOException e) {
            throw new IOException(
                    "accessLog.path: " + path + ": " + e.getMessage() + " (expected: a file that can be appended to)",
                    e);
        }
    }

    boolean isOn() {
        return writer != null;
    }

    /** Any thread; never blocks. */
    void offer(Entry entry) {
        Writer present = writer;
        if (present != null && !present.queue.offer(entry)) {
            present.dropped.incrementAndGet();
        }
    }

    /** Writes what is queued, then closes the file. */
    @Override
    public void close() {
        if (writer != null) {
            writer.finish();
        }
    }

    /** What is known of one finished request. */
    record Entry(
            long startMillis,
            long durationNanos,
            String requestId,
            InetAddress client,
            String method,
            String host,
            String path,
            int status,
            @Nullable Choice choice,
            String endpoint,
            long requestBytes,
            long responseBytes,
            @Nullable ProxyError error) {
        /** A request that no route was chosen for; what its head says is shown only as far as it was understood. */
        static Entry refused(
                ProxyError error, String requestId, InetAddress client, RequestHead head, long nowMillis, int status) {
            boolean understood = head.isUnderstood();
            String target = understood ? head.target().toString() : "";
            int query = target.indexOf('?');
            return new Entry(
                    nowMillis,
                    0,
                    requestId,
                    client,
                    understood ? head.method().toString() : "",
                    understood ? head.authority().toString() : "",
                    query < 0 ? target : target.substring(0, query),
                    status,
                    null,
                    "",
                    0,
                    0,
                    error);
        }

        static Entry of(
                RequestHead head,
                Choice choice,
                long startMillis,
                long durationNanos,
                int status,
                long requestBytes,
                long responseBytes,
                String endpoint,
                String requestId,
                @Nullable ProxyError error) {
            String target = head.target().toString();
            int query = target.indexOf('?');
            return new Entry(
                    startMillis,
                    durationNanos,
                    requestId,
                    head.clientAddress(),
                    head.method().toString(),
                    head.authority().toString(),
                    query < 0 ? target : target.substring(0, query),
                    status,
                    choice,
                    endpoint,
                    requestBytes,
                    responseBytes,
                    error);
        }
    }

    /** The thread that formats and writes. */
    private static final class Writer extends Thread {
        private static final Entry END =
                new Entry(0, 0, "", InetAddress.getLoopbackAddress(), "", "", "", 0, null, "", 0, 0, null);

        private final Path path;
        private final OutputStream out;
        private final MpscBlockingConsumerArrayQueue<Entry> queue = new MpscBlockingConsumerArrayQueue<>(CAPACITY);
        private final AtomicLong dropped = new AtomicLong();
        private final JsonFactory json = new JsonFactory();
        private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);
        private boolean failing;

        Writer(Path path, OutputStream out) {
            super("halftone-access-log");
            setDaemon(true);
            this.path = path;
            this.out = out;
        }

        void finish() {
            try {
                queue.offerIfBelowThreshold(END, Integer.MAX_VALUE);
                join(TimeUnit.SECONDS.toMillis(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // the end is one very object
        public void run() {
            boolean open = true;
            while (open) {
                try {
                    Entry entry = queue.poll(1, TimeUnit.SECONDS);
                    open = entry != END;
                    if (entry != null && open) {
                        write(entry);
                    }
                    if (queue.isEmpty()) {
                        out.flush();
                    }
                    reportDropped();
                } catch (InterruptedException e) {
                    open = false;
                } catch (IOException e) {
                    reportFailure(e);
                }
            }
            closeQuietly();
        }

        private void write(Entry entry) throws IOException {
            line.reset();
            try (JsonGenerator to = json.createGenerator(line, JsonEncoding.UTF8)) {
                to.writeStartObject();
                to.writeStringField(
                        "time", Instant.ofEpochMilli(entry.startMillis).toString());
                to.writeStringField("requestId", entry.requestId);
                to.writeStringField("clientIp", NetUtil.toAddressString(entry.client));
                to.writeStringField("method", entry.method);
                to.writeStringField("host", cut(entry.host));
                to.writeStringField("path", cut(entry.path));
                to.writeNumberField("status", entry.status);
                to.writeNumberField("durationMs", Math.round(entry.durationNanos / 1e3) / 1e3);
                writeChoice(to, entry);
                to.writeNumberField("requestBytes", entry.requestBytes);
                to.writeNumberField("responseBytes", entry.responseBytes);
                if (entry.error != null) {
                    to.writeStringField("error", entry.error.kind().label());
                    if (entry.error.detail() != null) {
                        to.writeStringField("detail", cut(entry.error.detail()));
                    }
                }
                to.writeEndObject();
            }
            line.write('\n');
            line.writeTo(out);
            failing = false;
        }

        private static void writeChoice(JsonGenerator to, Entry entry) throws IOException {
            Choice choice = entry.choice;
            if (choice == null) {
                return;
            }
            to.writeStringField("route", choice.route().name());
            to.writeStringField("version", choice.version().label());
            to.writeStringField("reason", choice.reason().label());
            if (choice.rule() != null) {
                to.writeStringField("rule", choice.rule());
            }
            if (choice.route().gray() != null) {
                to.writeStringField("release", choice.route().gray().release());
            }
            to.writeStringField("upstream", choice.upstream().name());
            to.writeStringField("endpoint", entry.endpoint);
        }

        private static String cut(String text) {
            return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
        }

        private void reportDropped() {
            long lost = dropped.get() == 0 ? 0 : dropped.getAndSet(0);
            if (lost > 0) {
                LOG.warn("access log {}: {} lines dropped, because they could not be written fast enough", path, lost);
            }
        }

        private void reportFailure(IOException e) {
            if (!failing) {
                failing = true;
                LOG.error("access log {}: cannot write: {}", path, e.getMessage());
            }
        }

        private void closeQuietly() {
            try {
                out.flush();
                if (!out.equals(System.out)) {
                    out.close();
                }
            } catch (IOException e) {
                reportFailure(e);
            }
        }
    }
}
