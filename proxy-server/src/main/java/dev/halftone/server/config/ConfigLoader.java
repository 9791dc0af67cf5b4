package dev.halftone.server.config;

import dev.halftone.server.cohort.SourceFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads a YAML file into settings, or into all of its problems. Any thread. */
public final class ConfigLoader {
    private static final int MAX_CHARS = 4 << 20;
    private static final int MAX_NESTING = 30;

    private ConfigLoader() {}

    /** What came of a file. */
    public sealed interface Result {
        /** @param warnings worth a line in the log; the file is used all the same */
        record Loaded(Settings settings, List<Problem> warnings) implements Result {}

        record Rejected(List<Problem> problems) implements Result {}
    }

    public static Result load(Path file) {
        return load(file, new SourceFiles());
    }

    /** @param files keeps what has been read of the files that this one names, from load to load */
    public static Result load(Path file, SourceFiles files) {
        files.begin();
        Result result = read(file, files);
        files.end(result instanceof Result.Loaded);
        return result;
    }

    private static Result read(Path file, SourceFiles files) {
        String yaml;
        try {
            if (Files.size(file) > MAX_CHARS) {
                return rejected(file, "too large", "at most " + (MAX_CHARS >> 20) + " MiB");
            }
            yaml = Files.readString(file);
        } catch (NoSuchFileException e) {
            return rejected(file, "no such file", "a YAML file; see config/halftone.yaml");
        } catch (IOException e) {
            boolean folder = Files.isDirectory(file);
            return rejected(
                    file, folder ? "a folder" : "cannot be read: " + e.getMessage(), "a readable YAML file in UTF-8");
        }
        Path parent = file.toAbsolutePath().getParent();
        return parse(file.toString(), yaml, parent == null ? Path.of("") : parent, files);
    }

    private static Result rejected(Path file, String problem, String expected) {
        return new Result.Rejected(List.of(new Problem(file.toString(), 0, 0, "", problem, expected)));
    }

    /** The same from text, for what is not read from a file; {@code name} stands for the file in problems. */
    public static Result parse(String name, String yaml) {
        return parse(name, yaml, Path.of(""), new SourceFiles());
    }

    private static Result parse(String name, String yaml, Path folder, SourceFiles files) {
        Problems problems = new Problems(name);
        Node root = compose(yaml, problems);
        if (root == null) {
            return new Result.Rejected(problems.errors());
        }
        Object settings = new Grammar(new SettingsBuilder(folder, files)).root().read(root, "", problems);
        if (settings instanceof Settings whole && problems.isEmpty()) {
            return new Result.Loaded(whole, problems.warnings());
        }
        return new Result.Rejected(problems.errors());
    }

    private static @Nullable Node compose(String yaml, Problems problems) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(100);
        options.setNestingDepthLimit(MAX_NESTING);
        options.setCodePointLimit(MAX_CHARS);
        try {
            Node root = new Yaml(options).compose(new StringReader(yaml));
            if (root == null) {
                problems.error("empty", "a mapping with version, listeners, upstreams and routes");
                return null;
            }
            if (isTooDeep(root, 0)) {
                problems.error(
                        root, "", "nested too deep", "at most " + MAX_NESTING + " levels, no alias within itself");
                return null;
            }
            return root;
        } catch (MarkedYAMLException e) {
            String problem = e.getProblem() == null
                    ? "not YAML"
                    : "not YAML: " + e.getProblem().strip();
            if (e.getProblemMark() == null) {
                problems.error(problem, "YAML 1.1");
            } else {
                problems.error(e.getProblemMark(), problem, "YAML 1.1");
            }
        } catch (YAMLException e) {
            String message = e.getMessage() == null
                    ? ""
                    : e.getMessage().strip().lines().findFirst().orElse("");
            problems.error("not YAML: " + message, "YAML 1.1");
        }
        return null;
    }

    private static boolean isTooDeep(Node node, int depth) {
        if (depth > MAX_NESTING) {
            return true;
        }
        if (node instanceof SequenceNode list) {
            return list.getValue().stream().anyMatch(item -> isTooDeep(item, depth + 1));
        }
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (isTooDeep(tuple.getValueNode(), depth + 1)) {
                    return true;
                }
            }
        }
        return false;
    }
}
