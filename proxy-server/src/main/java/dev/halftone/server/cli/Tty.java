package dev.halftone.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person's terminal is at the other end of standard output or standard error. Any thread. */
final class Tty {
    static final int OUT = 1;
    static final int ERR = 2;

    private Tty() {}

    /** False too where the system does not say so, as anywhere but on Linux. */
    static boolean isAt(int descriptor) {
        Path stream = Path.of("/proc/self/fd/" + descriptor);
        if (!Files.isSymbolicLink(stream)) {
            return false;
        }
        try {
            String target = Files.readSymbolicLink(stream).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
