package dev.halftone.server.cli;

import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Problem;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The configuration file of commands that read one. */
final class ConfigOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "config/halftone.yaml",
            description = "The configuration (default: ${DEFAULT-VALUE}).")
    private Path file = Path.of("config/halftone.yaml");

    Path file() {
        return file;
    }

    /** @throws CommandFailure with every problem of the file */
    Result.Loaded load() throws CommandFailure {
        return loaded(ConfigLoader.load(file));
    }

    static Result.Loaded loaded(Result result) throws CommandFailure {
        if (result instanceof Result.Rejected rejected) {
            throw CommandFailure.invalidFile(lines(rejected.problems()));
        }
        return (Result.Loaded) result;
    }

    static List<String> lines(List<Problem> problems) {
        return problems.stream().map(Problem::toString).toList();
    }
}
