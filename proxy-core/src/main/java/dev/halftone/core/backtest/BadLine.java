package dev.halftone.core.backtest;

/** A line of recorded data that cannot be read; the message names it and says what was expected. */
public final class BadLine extends Exception {
    private static final long serialVersionUID = 1L;

    private final long line;
    private final String problem;

    /** @param line its number in the file, from 1 */
    BadLine(long line, String problem) {
        super("line " + line + ": " + problem);
        this.line = line;
        this.problem = problem;
    }

    /** Its number in the file, from 1. */
    public long line() {
        return line;
    }

    /** What is wrong with it, and what was expected. */
    public String problem() {
        return problem;
    }
}
