package dev.halftone.server.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Cohort;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.core.routing.UserList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserListFileTest {
    @TempDir
    Path folder;

    private UserList read(String text) throws IOException {
        Path file = folder.resolve("list.txt");
        Files.writeString(file, text);
        return UserListFile.read(file, "list.txt");
    }

    private static RoutingTable table(UserList users) {
        Upstream upstream = new Upstream(
                "u",
                List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
                Upstream.LoadBalancing.RANDOM,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Upstream.Pool.DEFAULT);
        RequestMatch when = RequestMatch.ANY.withCohort(new Cohort(List.of(), List.of(), users));
        Gray gray = new Gray(
                upstream,
                "v2",
                1,
                List.of(new UserKeySource.Cookie("id")),
                MissingKey.STABLE,
                null,
                List.of(new Rule("on", when, Rule.SendTo.CANARY, false)),
                Ratio.NONE,
                true);
        return new RoutingTable(List.of(new Route(0, "r", RequestMatch.ANY, upstream, gray, Forwarding.DEFAULT)));
    }

    private static boolean isOn(RoutingTable table, String user) {
        SampleRequest request = SampleRequest.ofUser(Objects.requireNonNull(table.route("r")), user);
        return Objects.requireNonNull(table.choose(request)).version() == Version.CANARY;
    }

    @Test
    void read_linesOfEveryKind_usersAreThere() throws IOException {
        UserList users = read("\ufeffalice\r\n\n# bob\n  carol\t\n用户7\nalice\n" + "x".repeat(256) + "\nlast one");
        assertThat(users.size()).isEqualTo(5);
        assertThat(users.name()).isEqualTo("list.txt");
        RoutingTable table = table(users);
        for (String user : List.of("alice", "carol", "用户7", "x".repeat(256), "last one")) {
            assertThat(isOn(table, user)).as(user).isTrue();
        }
        for (String user : List.of("bob", "# bob", "alice ", "x".repeat(255), "last", "Alice")) {
            assertThat(isOn(table, user)).as(user).isFalse();
        }
    }

    @Test
    void read_empty_hasNobody() throws IOException {
        assertThat(read("").size()).isZero();
        assertThat(read("# nobody yet\n\n").size()).isZero();
        assertThat(isOn(table(read("")), "alice")).isFalse();
    }

    @Test
    void read_lineTooLong_saysWhich() {
        assertThatThrownBy(() -> read("a\nb\n" + "x".repeat(257) + "\nc"))
                .isInstanceOf(IOException.class)
                .hasMessage("line 3 is longer than 256 bytes, as no user key is");
        assertThatThrownBy(() -> read("x".repeat(300_000))).hasMessageContaining("line 1 is longer");
    }

    @Test
    void read_spacesBehindAKey_doNotMakeItLonger() throws IOException {
        assertThat(read("alice" + " ".repeat(1000) + "\nbob").size()).isEqualTo(2);
    }

    /** Files larger than a buffer, cut anywhere. */
    @Test
    void read_randomUsers_exactlyThoseAreOn() throws IOException {
        Random random = new Random(23);
        Set<String> on = new HashSet<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 30_000; i++) {
            String user = Long.toString(random.nextLong(1_000_000), 36);
            on.add(user);
            text.append(user).append(random.nextInt(10) == 0 ? "\r\n" : "\n");
        }
        UserList users = read(text.toString());
        assertThat(users.size()).isEqualTo(on.size());
        assertThat(users.bytes()).isLessThanOrEqualTo(12L * 30_000 + 16);
        RoutingTable table = table(users);
        on.stream().limit(5000).forEach(user -> assertThat(isOn(table, user)).isTrue());
        for (int i = 0; i < 20_000; i++) {
            String user = Long.toString(random.nextLong(1_000_000), 36);
            assertThat(isOn(table, user)).isEqualTo(on.contains(user));
        }
    }
}
