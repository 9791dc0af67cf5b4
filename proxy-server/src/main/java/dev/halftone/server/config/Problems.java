package dev.halftone.server.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.Node;

/** Collects all problems of one file. One thread. */
final class Problems {
    private final String file;
    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void error(Node at, String path, String problem, String expected) {
        errors.add(problem(at.getStartMark(), path, problem, expected));
    }

    void error(String problem, String expected) {
        errors.add(new Problem(file, 0, 0, "", problem, expected));
    }

    void error(Mark mark, String problem, String expected) {
        errors.add(problem(mark, "", problem, expected));
    }

    void warning(Node at, String path, String problem, String expected) {
        warnings.add(problem(at.getStartMark(), path, problem, expected));
    }

    private Problem problem(Mark mark, String path, String problem, String expected) {
        return new Problem(file, mark.getLine() + 1, mark.getColumn() + 1, path, problem, expected);
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    List<Problem> errors() {
        return sorted(errors);
    }

    List<Problem> warnings() {
        return sorted(warnings);
    }

    private static List<Problem> sorted(List<Problem> problems) {
        return problems.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .toList();
    }
}
