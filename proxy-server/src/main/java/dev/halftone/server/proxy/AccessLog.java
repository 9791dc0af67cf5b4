package dev.halftone.server.proxy;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscBlockingConsumerArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the lines of {@link AccessLines} go: event loops put blocks of whole lines into a bounded queue, a thread of its own
 * writes them. When the queue is full, blocks are dropped and their lines counted: a slow disk never slows a request. Any
 * thread.
 */
final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int CAPACITY_BLOCKS = 256;

    private final @Nullable Writer writer;

    /** Whole lines on their way to the file. Belongs to the loop that fills it, then to the writer, who sends it home. */
    static final class Block {
        static final int BYTES = 64 * 1024;

        final byte[] bytes = new byte[BYTES];
        final Queue<Block> home;
        int length;
        int lines;

        Block(Queue<Block> home) {
            this.home = home;
        }
    }

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
            return new FileOutputStream(path.toFile(), true);
        } catch (IOException e) {
            throw new IOException(
                    "accessLog.path: " + path + ": " + e.getMessage() + " (expected: a file that can be appended to)",
                    e);
        }
    }

    boolean isOn() {
        return writer != null;
    }

    /** Never blocks. Ownership passes, whether it can be written or not. */
    void offer(Block block) {
        Writer present = writer;
        if (present != null && !present.queue.offer(block)) {
            present.dropped.addAndGet(block.lines);
        }
    }

    /** Writes what is queued, then closes the file. */
    @Override
    public void close() {
        if (writer != null) {
            writer.finish();
        }
    }

    /** The thread that writes. */
    private static final class Writer extends Thread {
        private static final Block END = new Block(new java.util.ArrayDeque<>(0));

        private final Path path;
        private final OutputStream out;
        private final MpscBlockingConsumerArrayQueue<Block> queue =
                new MpscBlockingConsumerArrayQueue<>(CAPACITY_BLOCKS);
        private final AtomicLong dropped = new AtomicLong();
        private boolean failing;

        Writer(Path path, OutputStream out) {
            super("halftone-access-log");
            setDaemon(true);
            this.path = path;
            this.out = out;
        }

        void finish() {
            try {
                queue.put(END);
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
                    Block block = queue.poll(1, TimeUnit.SECONDS);
                    open = block != END;
                    if (block != null && open) {
                        write(block);
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

        private void write(Block block) throws IOException {
            try {
                out.write(block.bytes, 0, block.length);
                out.flush();
                failing = false;
            } finally {
                block.home.offer(block);
            }
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
