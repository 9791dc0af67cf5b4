package dev.halftone.server.config;

import java.nio.file.Path;
import java.util.List;

/** Reads a YAML file into settings, or into all of its problems. Any thread. */
public final class ConfigLoader {
    private ConfigLoader() {}

    /** What came of a file. */
    public sealed interface Result {
        /** @param warnings worth a line in the log; the file is used all the same */
        record Loaded(Settings settings, List<Problem> warnings) implements Result {}

        record Rejected(List<Problem> problems) implements Result {}
    }

    public static Result load(Path file) {
        throw new UnsupportedOperationException(file.toString());
    }

    /** The same from text, for what is not read from a file; {@code name} stands for the file in problems. */
    public static Result parse(String name, String yaml) {
        throw new UnsupportedOperationException(name + yaml);
    }
}
