package dev.halftone.core.rollout;

import dev.halftone.core.analysis.RollbackStory;
import org.jspecify.annotations.Nullable;

/**
 * One line of the audit trail: who did what, when, from what to what, and why.
 *
 * @param actor {@code halftone} for its own decisions, {@code configuration} for the file, else the operator
 * @param action as {@code rollback}, {@code ratio}, {@code pause}, {@code breach}
 * @param from phase and ratio before, as {@code progressing 10}
 * @param to phase and ratio after
 * @param check the check that breached, or empty
 * @param story what led to it, of a rollback; null of all else, and of what was recorded before there were stories
 */
public record AuditEvent(
        long atMillis,
        String route,
        String release,
        String actor,
        String action,
        String from,
        String to,
        String check,
        String reason,
        @Nullable RollbackStory story) {

    public AuditEvent(
            long atMillis,
            String route,
            String release,
            String actor,
            String action,
            String from,
            String to,
            String check,
            String reason) {
        this(atMillis, route, release, actor, action, from, to, check, reason, null);
    }

    AuditEvent withStory(RollbackStory told) {
        return new AuditEvent(atMillis, route, release, actor, action, from, to, check, reason, told);
    }
}
