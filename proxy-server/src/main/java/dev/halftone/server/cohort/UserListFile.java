package dev.halftone.server.cohort;

import dev.halftone.core.routing.UserList;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/** A text file with one user key on each line; empty lines and those that begin with {@code #} do not count. Any thread. */
public final class UserListFile {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MOST_USERS = 50_000_000;
    private static final UserList.Key KEY = new UserList.Key(random16());

    private final UserList.Builder users;
    private final byte[] line = new byte[UserList.MAX_KEY_BYTES + 8];
    private int length;
    private long lineNumber = 1;
    private int count;

    private UserListFile(String name) {
        users = new UserList.Builder(name, KEY);
    }

    private static byte[] random16() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /**
     * Reads a list.
     *
     * @param name what the configuration calls it
     * @throws IOException in one line: it cannot be read, a line is no user key, or there are too many
     */
    public static UserList read(Path file, String name) throws IOException {
        UserListFile reading = new UserListFile(name);
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            int read = in.read(buffer);
            while (read >= 0) {
                reading.take(buffer, read);
                read = in.read(buffer);
            }
        }
        reading.endLine();
        return reading.users.build();
    }

    private void take(byte[] bytes, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                endLine();
                lineNumber++;
            } else if (length < line.length) {
                line[length++] = b;
            } else if (b > ' ' || b < 0) {
                throw tooLong();
            }
        }
    }

    private void endLine() throws IOException {
        int from = 0;
        int to = length;
        length = 0;
        if (lineNumber == 1 && startsWithMark(to)) {
            from = 3;
        }
        while (to > from && isBlank(line[to - 1])) {
            to--;
        }
        while (from < to && isBlank(line[from])) {
            from++;
        }
        if (from == to || line[from] == '#') {
            return;
        }
        if (to - from > UserList.MAX_KEY_BYTES) {
            throw tooLong();
        }
        if (++count > MOST_USERS) {
            throw new IOException("more than " + MOST_USERS + " users");
        }
        users.add(line, from, to);
    }

    /** The three bytes by which some editors mark a file as UTF-8. */
    private boolean startsWithMark(int to) {
        return to >= 3 && line[0] == (byte) 0xef && line[1] == (byte) 0xbb && line[2] == (byte) 0xbf;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    private IOException tooLong() {
        return new IOException(
                "line " + lineNumber + " is longer than " + UserList.MAX_KEY_BYTES + " bytes, as no user key is");
    }
}
