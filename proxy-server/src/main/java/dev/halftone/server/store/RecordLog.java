package dev.halftone.server.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One append-only file of records: magic (4 bytes), length (4), checksum of the payload (4), checksum of these twelve (4),
 * payload. Big-endian; checksums are CRC-32C. The length has its own checksum, so a damaged one is never taken for a record
 * that was cut off.
 *
 * <p>A crash can leave the last record incomplete. It was never acknowledged, so it is cut away. Anything else that does not
 * add up is corruption and refused. Guarded by its store.
 */
final class RecordLog implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordLog.class);
    private static final int MAGIC = 0x48_54_4c_31;
    private static final int HEADER_BYTES = 16;
    private static final int MAX_RECORD_BYTES = 1 << 24;

    private final Path file;
    private final FileChannel channel;
    private long size;

    private RecordLog(Path file, FileChannel channel, long size) {
        this.file = file;
        this.channel = channel;
        this.size = size;
    }

    /** Reads all records to the consumer, cuts off a torn one at the end, and opens for appending. */
    static RecordLog open(Path file, Consumer<LogRecord> records) throws IOException {
        boolean isNew = !Files.exists(file);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (isNew) {
                Snapshot.forceFolder(file);
            }
            byte[] content = Files.readAllBytes(file);
            int good = read(file, content, records);
            if (good < content.length) {
                LOG.warn(
                        "state log {}: the last record was cut off by a crash; {} bytes that were never acknowledged are removed",
                        file,
                        content.length - good);
                channel.truncate(good);
                channel.force(true);
            }
            channel.position(good);
            return new RecordLog(file, channel, good);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** A log that is no longer written to has no torn record. */
    static void readWhole(Path file, Consumer<LogRecord> records) throws IOException {
        byte[] content = Files.readAllBytes(file);
        int good = read(file, content, records);
        if (good < content.length) {
            throw corrupt(file, good, "an incomplete record", "whole records, as this is not the newest log");
        }
    }

    /** Returns the end of the last whole record. */
    private static int read(Path file, byte[] content, Consumer<LogRecord> records) throws IOException {
        int at = 0;
        while (at < content.length) {
            int left = content.length - at;
            if (left < HEADER_BYTES) {
                return at;
            }
            ByteBuffer header = ByteBuffer.wrap(content, at, HEADER_BYTES);
            int magic = header.getInt();
            int length = header.getInt();
            int payloadSum = header.getInt();
            if (header.getInt() != sum(content, at, HEADER_BYTES - 4)
                    || magic != MAGIC
                    || length < 0
                    || length > MAX_RECORD_BYTES) {
                if (isZero(content, at)) {
                    return at;
                }
                throw corrupt(file, at, "a damaged record header", "a record or the end of the file");
            }
            if (left - HEADER_BYTES < length) {
                return at;
            }
            int payload = at + HEADER_BYTES;
            if (payloadSum != sum(content, payload, length)) {
                if (payload + length == content.length && isZero(content, content.length - 1)) {
                    return at;
                }
                throw corrupt(file, at, "a damaged record", "a payload that fits its checksum");
            }
            records.accept(parse(file, at, java.util.Arrays.copyOfRange(content, payload, payload + length)));
            at = payload + length;
        }
        return at;
    }

    /** A file system may have made room for a record of which no byte was written. */
    private static boolean isZero(byte[] content, int from) {
        for (int i = from; i < content.length; i++) {
            if (content[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static LogRecord parse(Path file, int at, byte[] payload) throws IOException {
        try {
            return LogRecord.fromJson(payload);
        } catch (IOException e) {
            throw corrupt(file, at, "a record that cannot be read", "what this version or an older one wrote");
        }
    }

    private static IOException corrupt(Path file, long at, String found, String expected) {
        return new IOException(
                "state log " + file + ": corrupt at byte " + at + ": " + found + " (expected: " + expected
                        + "). Nothing was changed; restore the folder from a backup, or move it away to start without state");
    }

    private static int sum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    long size() {
        return size;
    }

    /** Durable on return, with one forced write for all. After a failure the file is as it was before. */
    void append(List<LogRecord> entries) throws IOException {
        List<byte[]> payloads = new ArrayList<>();
        int total = 0;
        for (LogRecord entry : entries) {
            byte[] payload = entry.toJson();
            if (payload.length > MAX_RECORD_BYTES) {
                throw new IOException("state log " + file + ": a record of " + payload.length
                        + " bytes (expected: at most " + MAX_RECORD_BYTES + ")");
            }
            payloads.add(payload);
            total = Math.addExact(total, HEADER_BYTES + payload.length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(total);
        for (byte[] payload : payloads) {
            int from = bytes.position();
            bytes.putInt(MAGIC).putInt(payload.length).putInt(sum(payload, 0, payload.length));
            bytes.putInt(sum(bytes.array(), from, HEADER_BYTES - 4)).put(payload);
        }
        bytes.flip();
        try {
            long at = size;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
            channel.force(false);
            size = at;
        } catch (IOException e) {
            undo(e);
            throw new IOException("state log " + file + ": cannot be written: " + EmbeddedStore.reason(e), e);
        }
    }

    private void undo(IOException cause) {
        try {
            channel.truncate(size);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
