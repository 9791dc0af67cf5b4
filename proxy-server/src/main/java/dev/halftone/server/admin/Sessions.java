package dev.halftone.server.admin;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has signed in to the dashboard. Kept in memory: after a restart everybody signs in again. At most {@value #MOST}; of more the
 * oldest ends. Time is an argument. Admin event loop only.
 */
final class Sessions {
    static final long IDLE_MILLIS = 3_600_000;
    static final long LIFE_MILLIS = 12 * 3_600_000L;
    static final int MOST = 1000;

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Session> open = new LinkedHashMap<>();

    /** @param actor a name for the audit trail */
    record Session(Access.Role role, String actor, long startedMillis, long seenMillis) {}

    /** Begins a session and gives its secret, 256 random bits as text. */
    String start(Access.Role role, String actor, long nowMillis) {
        open.values().removeIf(session -> isOver(session, nowMillis));
        if (open.size() >= MOST) {
            open.remove(open.keySet().iterator().next());
        }
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        open.put(id, new Session(role, actor, nowMillis, nowMillis));
        return id;
    }

    /** The session of this secret, or null if there is none or it is over. */
    @Nullable
    Session find(String id, long nowMillis) {
        Session session = open.get(id);
        if (session == null) {
            return null;
        }
        if (isOver(session, nowMillis)) {
            open.remove(id);
            return null;
        }
        Session seen = new Session(session.role(), session.actor(), session.startedMillis(), nowMillis);
        open.replace(id, seen);
        return seen;
    }

    void end(String id) {
        open.remove(id);
    }

    private static boolean isOver(Session session, long nowMillis) {
        return nowMillis - session.seenMillis() >= IDLE_MILLIS || nowMillis - session.startedMillis() >= LIFE_MILLIS;
    }
}
