package dev.halftone.server.store;

import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.RolloutState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The store in a folder of this machine: a snapshot of all states, and a log of what was written since and before, which is
 * also the audit trail. One process at a time holds the folder. Methods may be called from any thread; this object's lock
 * guards all.
 */
public final class EmbeddedStore implements StateStore {
    private static final long DEFAULT_MAX_LOG_BYTES = 16 << 20;
    private static final int KEPT_LOGS = 8;

    private final Path folder;
    private final long maxLogBytes;
    private final FileChannel lockFile;
    private final Map<String, Stored> states = new HashMap<>();
    private final List<Recorded> trail = new ArrayList<>();
    private final List<Consumer<Recorded>> watchers = new CopyOnWriteArrayList<>();
    private final TrailMarks marks;
    private final KeptFiles kept;
    private RecordLog log;
    private long nextId;
    private boolean closed;

    private EmbeddedStore(Path folder, FileChannel lockFile, long maxLogBytes) throws IOException {
        this.folder = folder;
        this.lockFile = lockFile;
        this.maxLogBytes = maxLogBytes;
        List<Path> logs = LogFiles.inOrder(folder);
        Snapshot snapshot = Snapshot.read(folder);
        snapshot.states().forEach(stored -> states.put(stored.state().route(), stored));
        nextId = snapshot.nextId();
        for (int i = 0; i < logs.size() - 1; i++) {
            RecordLog.readWhole(logs.get(i), this::replay);
        }
        Path newest = logs.isEmpty() ? LogFiles.path(folder, nextId) : logs.get(logs.size() - 1);
        log = RecordLog.open(newest, this::replay);
        marks = new TrailMarks(folder);
        kept = new KeptFiles(folder);
    }

    /** @throws IOException in one line: the folder, what is wrong, what was expected */
    public static EmbeddedStore open(Path folder) throws IOException {
        return open(folder, DEFAULT_MAX_LOG_BYTES);
    }

    static EmbeddedStore open(Path folder, long maxLogBytes) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(
                    "state.path " + folder + ": not a folder (expected: a folder that can be written)", e);
        } catch (IOException e) {
            throw new IOException(
                    "state.path " + folder + ": cannot be made: " + reason(e)
                            + " (expected: a folder that can be written)",
                    e);
        }
        FileChannel lockFile = lock(folder);
        try {
            return new EmbeddedStore(folder, lockFile, maxLogBytes);
        } catch (IOException e) {
            lockFile.close();
            throw e;
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "state.path " + folder + ": cannot be written: " + reason(e)
                            + " (expected: a folder that can be written)",
                    e);
        }
        FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException(inUse(folder), e);
        }
        if (held == null) {
            channel.close();
            throw new IOException(inUse(folder));
        }
        return channel;
    }

    private static String inUse(Path folder) {
        return "state.path " + folder + ": in use by another process (expected: a folder of its own for each proxy)";
    }

    static String reason(IOException e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getClass().getSimpleName() + " " + e.getMessage();
    }

    /** Applies a record that was read. States older than the snapshot's are passed over, their events are history. */
    private void replay(LogRecord entry) {
        Stored stored = entry.stored();
        if (stored != null) {
            Stored known = states.get(stored.state().route());
            if (known == null || known.revision() < stored.revision()) {
                states.put(stored.state().route(), stored);
            }
        }
        trail.addAll(entry.events());
        if (!entry.events().isEmpty()) {
            nextId = Math.max(
                    nextId, entry.events().get(entry.events().size() - 1).id() + 1);
        }
    }

    @Override
    public synchronized Map<String, Stored> states() {
        return Map.copyOf(states);
    }

    @Override
    public synchronized List<Long> putAll(List<Change> changes) throws IOException {
        List<LogRecord> entries = new ArrayList<>();
        List<Long> revisions = new ArrayList<>();
        long id = nextId;
        for (Change change : changes) {
            RolloutState state = change.state();
            Stored known = states.get(state.route());
            long found = known == null ? 0 : known.revision();
            if (found != change.expectedRevision()) {
                throw new RevisionConflictException(state.route(), change.expectedRevision(), found);
            }
            entries.add(new LogRecord(new Stored(state, found + 1), numbered(change.events(), id)));
            revisions.add(found + 1);
            id += change.events().size();
        }
        write(entries);
        return revisions;
    }

    @Override
    public synchronized void append(List<AuditEvent> events) throws IOException {
        if (!events.isEmpty()) {
            write(List.of(new LogRecord(null, numbered(events, nextId))));
        }
    }

    private static List<Recorded> numbered(List<AuditEvent> events, long firstId) {
        List<Recorded> numbered = new ArrayList<>();
        for (AuditEvent event : events) {
            numbered.add(new Recorded(firstId + numbered.size(), event));
        }
        return numbered;
    }

    private void write(List<LogRecord> entries) throws IOException {
        if (closed) {
            throw new IOException("state.path " + folder + ": closed");
        }
        if (log.size() > maxLogBytes && !Files.exists(LogFiles.path(folder, nextId))) {
            rotate();
        }
        log.append(entries);
        for (LogRecord entry : entries) {
            replay(entry);
            for (Recorded recorded : entry.events()) {
                watchers.forEach(watcher -> watcher.accept(recorded));
            }
        }
    }

    /** A new log begins after a snapshot of all that the old ones say; the oldest logs go. */
    private void rotate() throws IOException {
        Snapshot.write(folder, new Snapshot(nextId, List.copyOf(states.values())));
        RecordLog next = RecordLog.open(LogFiles.path(folder, nextId), this::replay);
        log.close();
        log = next;
        List<Path> logs = LogFiles.inOrder(folder);
        for (int i = 0; i < logs.size() - KEPT_LOGS; i++) {
            Files.deleteIfExists(logs.get(i));
        }
        long oldest = LogFiles.firstId(LogFiles.inOrder(folder).get(0));
        trail.removeIf(recorded -> recorded.id() < oldest);
    }

    @Override
    public synchronized List<Recorded> events(@Nullable String route, long after, int limit) {
        return trail.stream()
                .filter(recorded -> recorded.id() > after && isOf(route, recorded))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Recorded> latestEvents(@Nullable String route, int limit) {
        List<Recorded> newest = new ArrayList<>();
        for (int i = trail.size() - 1; i >= 0 && newest.size() < limit; i--) {
            if (isOf(route, trail.get(i))) {
                newest.add(0, trail.get(i));
            }
        }
        return newest;
    }

    private static boolean isOf(@Nullable String route, Recorded recorded) {
        return route == null || recorded.event().route().equals(route);
    }

    @Override
    public Closeable watch(Consumer<Recorded> watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    @Override
    public Map<String, Long> marks() {
        return marks.get();
    }

    @Override
    public void marks(Map<String, Long> next) throws IOException {
        marks.set(next);
    }

    @Override
    public byte @Nullable [] kept(String name) {
        return kept.get(name);
    }

    @Override
    public void keep(String name, byte[] content) throws IOException {
        kept.set(name, content);
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            log.close();
            lockFile.close();
        }
    }
}
