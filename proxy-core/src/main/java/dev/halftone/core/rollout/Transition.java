package dev.halftone.core.rollout;

import java.util.List;

/** What an event led to. */
public sealed interface Transition {
    /**
     * The event holds. Events is empty, and the state the same, when nothing changed (repeating a command is harmless).
     * Whoever acts on it publishes the new ratio first, and only then stores, logs and notifies.
     */
    record Accepted(RolloutState state, List<AuditEvent> events) implements Transition {}

    /** The event does not fit the state; the state stays. The problem says what stands in the way and what to do. */
    record Refused(String problem) implements Transition {}
}
