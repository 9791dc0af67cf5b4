package dev.halftone.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The names of log files: each carries the id of the first event that may stand in it. */
final class LogFiles {
    private static final Pattern NAME = Pattern.compile("events-(\\d{19})\\.log");

    private LogFiles() {}

    static Path path(Path folder, long firstId) {
        return folder.resolve(String.format("events-%019d.log", firstId));
    }

    static long firstId(Path file) {
        Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(file + " (expected: a log file)");
        }
        return Long.parseLong(matcher.group(1));
    }

    static List<Path> inOrder(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            NAME.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted(Comparator.comparingLong(LogFiles::firstId))
                    .toList();
        }
    }
}
