package dev.halftone.server.store;

import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.RolloutState;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one port behind which state lives. What it has accepted survives {@code kill -9}. Written by the control thread;
 * read by any.
 */
public interface StateStore extends Closeable {
    /** @param revision grows with each accepted write of this route, from 1 */
    record Stored(RolloutState state, long revision) {}

    /** @param id place in the trail, from 1, without gaps */
    record Recorded(long id, AuditEvent event) {}

    /** What is stored of every route, by name. */
    Map<String, Stored> states();

    /**
     * A route's new state and the events that led to it.
     *
     * @param expectedRevision the revision that this change was decided on; 0: none was stored
     */
    record Change(RolloutState state, long expectedRevision, List<AuditEvent> events) {}

    /**
     * Stores the changes of different routes, durable on return: all of them or, if it throws, none.
     *
     * @return the new revisions, in the same order
     * @throws RevisionConflictException if another revision of one of them is stored
     * @throws IOException if it could not be made durable; the caller tries again
     */
    List<Long> putAll(List<Change> changes) throws IOException;

    /** {@link #putAll} of one change. */
    default long put(RolloutState state, long expectedRevision, List<AuditEvent> events) throws IOException {
        return putAll(List.of(new Change(state, expectedRevision, events))).get(0);
    }

    /** Appends events that change no state, durable on return. */
    void append(List<AuditEvent> events) throws IOException;

    /**
     * The trail in order, from the first id above {@code after}.
     *
     * @param route only this route's, or null for all
     * @param limit at most so many, 1..1000
     */
    List<Recorded> events(@Nullable String route, long after, int limit);

    /** Newest events first to last, at most {@code limit} of the end of the trail. */
    List<Recorded> latestEvents(@Nullable String route, int limit);

    /** Calls back for every later event, on the writing thread; the callback must not block. Close to stop. */
    Closeable watch(Consumer<Recorded> watcher);

    /** How far readers of the trail have come: by a reader's name the id of the last event that it is done with. */
    Map<String, Long> marks();

    /** Puts other marks in place of all, durable on return. Holds up no writer of states. */
    void marks(Map<String, Long> marks) throws IOException;

    /** What was last kept under a name, or null; null too of a store that keeps nothing of the kind. */
    default byte @Nullable [] kept(String name) {
        return null;
    }

    /**
     * Keeps a content in place of what was kept under this name, durable on return; a store may keep nothing of the kind. Holds up no
     * writer of states.
     */
    default void keep(String name, byte[] content) throws IOException {}

    /** Another revision is stored than the one that the writer knew. */
    final class RevisionConflictException extends IOException {
        private static final long serialVersionUID = 1L;

        public RevisionConflictException(String route, long expected, long found) {
            super("route " + route + ": revision " + found + " is stored (expected: " + expected + ")");
        }
    }
}
