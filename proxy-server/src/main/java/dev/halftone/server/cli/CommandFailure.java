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

    private CommandFailure(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    /** @param problem one line with what to do next */
    public static CommandFailure failed(String problem) {
        return new CommandFailure(FAILED, "halftone: " + problem);
    }

    /** @param problem one line with what was expected */
    public static CommandFailure invalid(String problem) {
        return new CommandFailure(INVALID, "halftone: " + problem);
    }

    /** @param problems each with its place, printed as they are */
    public static CommandFailure invalidFile(List<String> problems) {
        return new CommandFailure(
                INVALID, String.join("\n", problems) + "\n" + Words.count(problems.size(), "problem"));
    }

    public int exitStatus() {
        return exitStatus;
    }
}
