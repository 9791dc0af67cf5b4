package dev.halftone.server.cli;

import java.util.List;

/** Why a command ended without having done what it was asked, with its exit status and the lines for standard error. */
public final class CommandFailure extends Exception {
    /** The command failed, or its verdict is negative. */
    public static final int FAILED = 1;

    /** The command was used wrongly, or its configuration is not valid. */
    public static final int INVALID = 2;

    private static final long serialVersionUID = 1L;

    private final int exitStatus;
    private final boolean passing;

    private CommandFailure(int exitStatus, boolean passing, String message) {
        super(message);
        this.exitStatus = exitStatus;
        this.passing = passing;
    }

    /** @param problem one line with what to do next */
    public static CommandFailure failed(String problem) {
        return failed(false, problem);
    }

    /**
     * @param passing whether the same may succeed a moment later
     * @param problem one line with what to do next
     */
    static CommandFailure failed(boolean passing, String problem) {
        return new CommandFailure(FAILED, passing, "halftone: " + problem);
    }

    /** @param problem one line with what was expected */
    public static CommandFailure invalid(String problem) {
        return new CommandFailure(INVALID, false, "halftone: " + problem);
    }

    /** @param problems each with its place, printed as they are */
    public static CommandFailure invalidFile(List<String> problems) {
        return new CommandFailure(
                INVALID, false, String.join("\n", problems) + "\n" + Words.count(problems.size(), "problem"));
    }

    /** The problem alone, without what to do next. */
    String cause() {
        String text = String.valueOf(getMessage()).replaceFirst("^halftone: ", "");
        int advice = text.indexOf(" (");
        return advice < 0 ? text : text.substring(0, advice);
    }

    boolean isPassing() {
        return passing;
    }

    public int exitStatus() {
        return exitStatus;
    }
}
