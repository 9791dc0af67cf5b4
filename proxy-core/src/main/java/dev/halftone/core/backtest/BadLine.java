package dev.halftone.core.backtest;

/** A line of recorded data that cannot be read; the message names it and says what was expected. */
public final class BadLine extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param line its number in the file, from 1 */
    BadLine(long line, String problem) {
        super("line " + line + ": " + problem);
    }
}
