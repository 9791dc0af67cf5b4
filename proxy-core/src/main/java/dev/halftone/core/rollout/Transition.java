package dev.halftone.core.rollout;

import dev.halftone.core.analysis.RollbackStory;
import java.util.List;

/** What an event led to. */
public sealed interface Transition {
    /**
     * The event holds. Events is empty, and the state the same, when nothing changed (repeating a command is harmless).
     * Whoever acts on it publishes the new ratio first, and only then stores, logs and notifies.
     */
    record Accepted(RolloutState state, List<AuditEvent> events) implements Transition {
        /** Whether this takes a release back. */
        public boolean isRollback() {
            return events.stream().anyMatch(Accepted::isRollback);
        }

        private static boolean isRollback(AuditEvent event) {
            return event.action().equals("rollback");
        }

        /** A rollback with what led to it; anything else as it is. */
        public Accepted explained(RollbackStory story) {
            if (!isRollback()) {
                return this;
            }
            return new Accepted(
                    state.withStory(story),
                    events.stream()
                            .map(event -> isRollback(event) ? event.withStory(story) : event)
                            .toList());
        }
    }

    /** The event does not fit the state; the state stays. The problem says what stands in the way and what to do. */
    record Refused(String problem) implements Transition {}
}
