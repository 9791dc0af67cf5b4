package dev.halftone.server.cohort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What a file looks like from outside, by which a change shows without reading it.
 *
 * @param size in bytes, -1 for a file that is not there
 * @param identity which file it is, where the file system says
 */
public record FileStamp(
        long size, @Nullable FileTime modified, @Nullable Object identity) {
    // Within the same tick of the file system's clock a file may change and look the same.
    private static final long SURE_MILLIS = 2000;

    /** Never fails: a file that is missing or out of reach has a stamp of its own; reading it tells why. */
    public static FileStamp of(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(now.size(), now.lastModifiedTime(), now.fileKey());
        } catch (IOException e) {
            return new FileStamp(-1, null, null);
        }
    }

    /** Whether the file was last written so long ago that it cannot change any more without another stamp. */
    public boolean isSettled(long nowMillis) {
        return modified != null && nowMillis - modified.toMillis() > SURE_MILLIS;
    }
}
