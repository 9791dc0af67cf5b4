package dev.halftone.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.admin.Access.Role;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final long MINUTE = 60_000;

    @Test
    void find_silentForAnHour_isOver() {
        Sessions sessions = new Sessions();
        String id = sessions.start(Role.READ, "ann", 0);
        assertThat(sessions.find(id, 59 * MINUTE)).isNotNull();
        assertThat(sessions.find(id, 118 * MINUTE)).isNotNull();
        assertThat(sessions.find(id, 178 * MINUTE)).isNull();
        assertThat(sessions.find(id, 178 * MINUTE)).isNull();
    }

    @Test
    void find_busyForTwelveHours_isOver() {
        Sessions sessions = new Sessions();
        String id = sessions.start(Role.WRITE, "ann", 0);
        for (int minute = 30; minute < 720; minute += 30) {
            assertThat(sessions.find(id, minute * MINUTE)).isNotNull();
        }
        assertThat(sessions.find(id, 720 * MINUTE)).isNull();
    }

    @Test
    void start_oneTooMany_endsTheOldest() {
        Sessions sessions = new Sessions();
        String first = sessions.start(Role.WRITE, "ann", 0);
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < Sessions.MOST; i++) {
            ids.add(sessions.start(Role.WRITE, "bob", 0));
        }
        assertThat(ids).hasSize(Sessions.MOST).allMatch(id -> id.length() >= 43);
        assertThat(sessions.find(first, 1)).isNull();
        assertThat(ids).allMatch(id -> sessions.find(id, 1) != null);
    }
}
