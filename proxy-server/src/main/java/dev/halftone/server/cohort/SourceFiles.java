package dev.halftone.server.cohort;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files that the configuration names and that change by themselves: read once, and again only when they have changed. What
 * is made of an unchanged file stays the same object from load to load. One thread.
 */
public final class SourceFiles {
    private final Map<Use, Kept> kept = new HashMap<>();
    private final Set<Use> used = new HashSet<>();
    private final Map<Path, FileStamp> lastLook = new HashMap<>();

    /** One file and what is made of it. */
    private record Use(Path file, String as) {}

    /** @param made null if the file could not be used */
    private record Kept(FileStamp stamp, @Nullable Object made) {}

    /** Makes something of a file. */
    public interface Maker<T> {
        /** @throws IOException in one line, without the file's name, if the file cannot be used */
        T make(Path file) throws IOException;
    }

    /** A load of the configuration begins. */
    public void begin() {
        used.clear();
    }

    /** A load has ended; if it was good, what it did not ask for is forgotten. */
    public void end(boolean good) {
        if (good) {
            kept.keySet().retainAll(used);
        }
    }

    /**
     * What the maker makes of the file, or has made of it since it last changed.
     *
     * @param as tells apart the things that are made of one file
     * @throws IOException as the maker says
     */
    public <T> T read(Path file, String as, Class<T> type, Maker<T> maker) throws IOException {
        Use use = new Use(file.toAbsolutePath().normalize(), as);
        used.add(use);
        // Looked at before it is read: a change meanwhile is seen at the next look.
        FileStamp now = FileStamp.of(use.file);
        Kept before = kept.get(use);
        if (before != null && before.made != null && before.stamp.equals(now)) {
            return type.cast(before.made);
        }
        kept.put(use, new Kept(now, null));
        T made = maker.make(use.file);
        kept.put(use, new Kept(now, made));
        return made;
    }

    /**
     * Whether a file is not what it was when it was read, and has been so, without a further change, since the last call: what is
     * just being written is left alone. To be called about once a second.
     */
    public boolean haveChanged() {
        boolean changed = false;
        for (Map.Entry<Use, Kept> entry : kept.entrySet()) {
            Path file = entry.getKey().file;
            FileStamp now = FileStamp.of(file);
            FileStamp before = lastLook.put(file, now);
            changed |= !now.equals(entry.getValue().stamp) && now.equals(before);
        }
        return changed;
    }
}
