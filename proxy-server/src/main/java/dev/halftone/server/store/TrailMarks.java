package dev.halftone.server.store;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far readers of the trail have come, in a small file beside it: written anew, forced to disk and renamed. It has a lock of
 * its own, so that the control thread never waits for it. Any thread.
 */
final class TrailMarks {
    private static final Logger LOG = LoggerFactory.getLogger(TrailMarks.class);
    private static final String NAME = "marks.json";

    private final Path file;
    private Map<String, Long> marks;

    TrailMarks(Path folder) throws IOException {
        file = folder.resolve(NAME);
        marks = Files.exists(file) ? read(file) : Map.of();
    }

    /** A damaged file is no reason not to start: all that is lost is who has read what. */
    private static Map<String, Long> read(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        try {
            return Map.copyOf(LogRecord.JSON.readValue(content, new TypeReference<Map<String, Long>>() {}));
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} cannot be read; what was not told before the last stop is not told any more", file);
            return Map.of();
        }
    }

    synchronized Map<String, Long> get() {
        return marks;
    }

    synchronized void set(Map<String, Long> next) throws IOException {
        Path staged = file.resolveSibling(NAME + ".new");
        try (FileChannel channel = FileChannel.open(
                staged, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(LogRecord.JSON.writeValueAsBytes(next));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        marks = Map.copyOf(next);
    }
}
