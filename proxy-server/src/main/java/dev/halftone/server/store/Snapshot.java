package dev.halftone.server.store;

import dev.halftone.server.store.StateStore.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * All states at one moment. Written beside, forced to disk and then renamed over the old one, so that there is always a whole
 * one. The first line holds the checksum of the rest.
 *
 * @param nextId the id that the next event gets
 */
record Snapshot(long nextId, List<Stored> states) {
    private static final String NAME = "snapshot.json";

    Snapshot {
        states = List.copyOf(states);
    }

    static Snapshot read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            return new Snapshot(1, List.of());
        }
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        int end = content.indexOf('\n');
        String json = content.substring(end + 1);
        if (end < 0 || !content.substring(0, end).equals(checksum(json))) {
            throw new IOException(
                    "state snapshot " + file + ": corrupt (expected: a first line with the checksum of the rest)."
                            + " Nothing was changed; restore the folder from a backup, or move it away to start without state");
        }
        return LogRecord.JSON.readValue(json.getBytes(StandardCharsets.ISO_8859_1), Snapshot.class);
    }

    static void write(Path folder, Snapshot snapshot) throws IOException {
        String json = new String(LogRecord.JSON.writeValueAsBytes(snapshot), StandardCharsets.ISO_8859_1);
        Path staged = folder.resolve(NAME + ".new");
        try (FileChannel channel = FileChannel.open(
                staged, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap((checksum(json) + "\n" + json).getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Path target = folder.resolve(NAME);
        Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder(target);
    }

    /** Makes a new or renamed file's name durable. */
    static void forceFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !System.getProperty("os.name", "").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static String checksum(String json) {
        CRC32C crc = new CRC32C();
        crc.update(json.getBytes(StandardCharsets.ISO_8859_1));
        return "crc32c " + Long.toHexString(crc.getValue());
    }
}
