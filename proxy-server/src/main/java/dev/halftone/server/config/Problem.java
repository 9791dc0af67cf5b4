package dev.halftone.server.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param line from 1, or 0 if the problem has no place
 * @param column from 1, or 0
 * @param path as {@code routes[0].canary.ratio}
 * @param problem what is wrong, with the value unless it is a secret
 * @param expected what would be right
 */
public record Problem(String file, int line, int column, String path, String problem, String expected) {
    /** {@code file:line:column: path: problem (expected: ...)}. */
    @Override
    public String toString() {
        String place = line > 0 ? file + ":" + line + ":" + column : file;
        return place + ": " + (path.isEmpty() ? "" : path + ": ") + problem
                + (expected.isEmpty() ? "" : " (expected: " + expected + ")");
    }
}
