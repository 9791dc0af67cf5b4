package dev.halftone.server.notify;

import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.server.store.StateStore.Recorded;
import java.net.URI;
import java.time.Duration;
import java.util.Set;

/** Lines of a trail, and who is told. */
final class Trail {
    /** 2026-11-25T10:00:00.250Z */
    static final long AT = 1_795_600_800_250L;

    private Trail() {}

    static AuditEvent event(String action, String from, String to) {
        return new AuditEvent(AT, "shop", "v2", "operator@127.0.0.1", action, from, to, "", "looks odd");
    }

    static Recorded rollback(long id) {
        return new Recorded(id, rollback());
    }

    static AuditEvent rollback() {
        return new AuditEvent(
                AT,
                "shop",
                "v2",
                "halftone",
                "rollback",
                "progressing 12.5",
                "rolledBack 0",
                "errors",
                "12 % <failed>");
    }

    static Receiver receiver(Format format, String url) {
        return new Receiver(URI.create(url), Set.of(Kind.ROLLED_BACK), format, null, null, Duration.ofSeconds(1));
    }
}
