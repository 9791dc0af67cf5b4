package dev.halftone.server.cli;

import java.io.PrintWriter;

/**
 * Where a command writes.
 *
 * @param colours whether escape sequences are understood and wanted
 */
record Terminal(PrintWriter out, PrintWriter err, boolean colours) {
    private static final String RED = "\u001b[31m";
    private static final String YELLOW = "\u001b[33m";
    private static final String GREEN = "\u001b[32m";
    private static final String RESET = "\u001b[0m";

    String bad(String text) {
        return colours ? RED + text + RESET : text;
    }

    String doubtful(String text) {
        return colours ? YELLOW + text + RESET : text;
    }

    String good(String text) {
        return colours ? GREEN + text + RESET : text;
    }
}
