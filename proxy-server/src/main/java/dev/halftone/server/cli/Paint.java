package dev.halftone.server.cli;

/**
 * Colours of text.
 *
 * @param on whether escape sequences are understood and wanted; if not, text stays as it is
 */
record Paint(boolean on) {
    private static final String RESET = "\u001b[0m";

    /** The option's words. */
    enum When {
        auto,
        always,
        never
    }

    /**
     * As https://no-color.org asks: a terminal gets colours unless NO_COLOR is set or it cannot show them.
     *
     * @param noColor the environment's NO_COLOR, empty if it has none
     * @param terminalType the environment's TERM, empty if it has none
     */
    static Paint of(When when, boolean terminal, String noColor, String terminalType) {
        return switch (when) {
            case always -> new Paint(true);
            case never -> new Paint(false);
            case auto -> new Paint(terminal && noColor.isEmpty() && !terminalType.equals("dumb"));
        };
    }

    String bad(String text) {
        return in("31", text);
    }

    String doubtful(String text) {
        return in("33", text);
    }

    String good(String text) {
        return in("32", text);
    }

    String strong(String text) {
        return in("1", text);
    }

    String faint(String text) {
        return in("2", text);
    }

    private String in(String style, String text) {
        return on && !text.isEmpty() ? "\u001b[" + style + "m" + text + RESET : text;
    }

    /** A phase of a release. */
    String phase(String phase) {
        return switch (phase) {
            case "progressing", "promoted" -> good(phase);
            case "paused", "aborted" -> doubtful(phase);
            case "rolledBack" -> bad(phase);
            default -> phase;
        };
    }

    /** What a check says. */
    String verdict(String verdict) {
        return switch (verdict) {
            case "healthy" -> good(verdict);
            case "breach" -> bad(verdict);
            default -> doubtful(verdict);
        };
    }
}
