package dev.halftone.server.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contents that are written over again and again, each in a file of its own in a folder beside the log: the checksum, then the content;
 * written beside, forced to disk and renamed. It has a lock of its own, so that the control thread never waits for it. Any thread.
 */
final class KeptFiles {
    private static final Logger LOG = LoggerFactory.getLogger(KeptFiles.class);
    private static final int CHECKSUM_BYTES = Long.BYTES;

    private final Path folder;

    KeptFiles(Path parent) {
        folder = parent.resolve("kept");
    }

    /** Any name makes a file's name, and two never the same. */
    private Path file(String name) {
        return folder.resolve(HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8)));
    }

    /** A damaged file is no reason not to start: what it held is gathered anew. */
    synchronized byte @Nullable [] get(String name) {
        Path file = file(name);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(file));
            if (whole.remaining() >= CHECKSUM_BYTES) {
                long expected = whole.getLong();
                byte[] content = Arrays.copyOfRange(whole.array(), CHECKSUM_BYTES, whole.capacity());
                if (checksum(content) == expected) {
                    return content;
                }
            }
            LOG.warn("{} is damaged (expected: a checksum of the rest); what {} held is gathered anew", file, name);
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}; what {} held is gathered anew", file, EmbeddedStore.reason(e), name);
        }
        return null;
    }

    synchronized void set(String name, byte[] content) throws IOException {
        Path file = file(name);
        Files.createDirectories(folder);
        Path staged = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                staged, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.allocate(CHECKSUM_BYTES + content.length)
                    .putLong(checksum(content))
                    .put(content)
                    .flip();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static long checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return crc.getValue();
    }
}
