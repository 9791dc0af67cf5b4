package dev.halftone.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest {
    @TempDir
    Path folder;

    static RolloutState state(String route, int percent) {
        RolloutState.Latch latch = new RolloutState.Latch("v1", Phase.ROLLED_BACK, "ошибки", 5);
        return new RolloutState(
                route,
                "v2",
                "v2",
                Ratio.ALL,
                new Ratio(percent * 100),
                Phase.PROGRESSING,
                true,
                "why",
                7,
                List.of(latch));
    }

    static AuditEvent event(String route, String reason) {
        return new AuditEvent(1, route, "v2", "operator", "ratio", "progressing 0", "progressing 1", "", reason);
    }

    @Test
    void put_thenReopen_isThereWithItsTrail() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.put(state("a", 1), 0, List.of(event("a", "1")))).isEqualTo(1);
            assertThat(store.put(state("a", 2), 1, List.of(event("a", "2"), event("a", "3"))))
                    .isEqualTo(2);
            store.put(state("b", 3), 0, List.of());
            assertThatThrownBy(() -> store.put(state("a", 9), 1, List.of()))
                    .isInstanceOf(StateStore.RevisionConflictException.class);
            assertThatThrownBy(() -> EmbeddedStore.open(folder)).hasMessageContaining("in use by another process");
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.states().get("a")).isEqualTo(new StateStore.Stored(state("a", 2), 2));
            assertThat(store.states().get("b")).isEqualTo(new StateStore.Stored(state("b", 3), 1));
            assertThat(store.events("a", 1, 10))
                    .extracting(StateStore.Recorded::id)
                    .containsExactly(2L, 3L);
            assertThat(store.latestEvents(null, 1))
                    .extracting(StateStore.Recorded::id)
                    .containsExactly(3L);
        }
    }

    @Test
    void rotate_manyWrites_keepsStatesAndIdsAcrossLogs() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder, 2000)) {
            for (int i = 0; i < 200; i++) {
                store.put(state("a", i % 100), i, List.of(event("a", "" + i)));
            }
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder, 2000)) {
            assertThat(java.util.Objects.requireNonNull(store.states().get("a")).revision())
                    .isEqualTo(200);
            assertThat(store.latestEvents(null, 1).get(0).id()).isEqualTo(200);
            assertThat(store.put(state("a", 1), 200, List.of(event("a", "next"))))
                    .isEqualTo(201);
            assertThat(store.latestEvents(null, 1).get(0).id()).isEqualTo(201);
        }
        assertThat(LogFiles.inOrder(folder)).hasSizeBetween(2, 9);
    }

    private Path log() throws IOException {
        return LogFiles.inOrder(folder).get(0);
    }

    /** Three writes, and where each ends. */
    private List<Integer> threeWrites() throws IOException {
        List<Integer> ends = new ArrayList<>();
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            for (int i = 0; i < 3; i++) {
                store.put(state("a", i), i, List.of(event("a", "" + i)));
                ends.add((int) Files.size(log()));
            }
        }
        return ends;
    }

    @Test
    void open_cutAtAnyByte_recoversExactlyTheWholeRecords() throws IOException {
        List<Integer> ends = threeWrites();
        byte[] content = Files.readAllBytes(log());
        for (int length = 0; length <= content.length; length++) {
            Files.write(log(), Arrays.copyOf(content, length));
            int cut = length;
            long whole = ends.stream().filter(end -> end <= cut).count();
            try (EmbeddedStore store = EmbeddedStore.open(folder)) {
                assertThat(store.states().values()).hasSize(whole == 0 ? 0 : 1);
                store.states()
                        .values()
                        .forEach(stored -> assertThat(stored.revision()).isEqualTo(whole));
                assertThat(store.put(state("a", 50), whole, List.of())).isEqualTo(whole + 1);
            }
        }
    }

    @Test
    void open_anyByteFlipped_isReportedAndLeftAsItIs() throws IOException {
        threeWrites();
        byte[] content = Files.readAllBytes(log());
        for (int at = 0; at < content.length; at++) {
            byte[] damaged = content.clone();
            damaged[at] ^= 0x10;
            Files.write(log(), damaged);
            assertThatThrownBy(() -> EmbeddedStore.open(folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("corrupt at byte");
            assertThat(Files.readAllBytes(log())).isEqualTo(damaged);
        }
    }

    @Test
    void open_snapshotDamaged_isReported() throws IOException {
        Snapshot.write(folder, new Snapshot(9, List.of(new StateStore.Stored(state("a", 1), 4))));
        assertThat(Snapshot.read(folder).states().get(0).revision()).isEqualTo(4);
        Path file = folder.resolve("snapshot.json");
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
        assertThatThrownBy(() -> EmbeddedStore.open(folder))
                .hasMessageContaining("snapshot")
                .hasMessageContaining("corrupt");
    }

    @Test
    void watch_laterEvents_areHandedOver() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            List<Long> seen = new ArrayList<>();
            var watch = store.watch(recorded -> seen.add(recorded.id()));
            store.append(List.of(event("a", "x"), event("b", "y")));
            watch.close();
            store.append(List.of(event("a", "z")));
            assertThat(seen).containsExactly(1L, 2L);
            assertThat(store.events("a", 0, 10)).hasSize(2);
        }
    }

    @Test
    void putAll_allOrNone_survivesReopening() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            store.put(state("a", 1), 0, List.of(event("a", "1")));
            List<StateStore.Change> stale = List.of(
                    new StateStore.Change(state("b", 2), 0, List.of(event("b", "2"))),
                    new StateStore.Change(state("a", 2), 0, List.of(event("a", "2"))));
            assertThatThrownBy(() -> store.putAll(stale)).isInstanceOf(StateStore.RevisionConflictException.class);
            assertThat(store.states()).containsOnlyKeys("a");
            List<StateStore.Change> many = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                many.add(new StateStore.Change(state("r" + i, i % 100), 0, List.of(event("r" + i, "e" + i))));
            }
            assertThat(store.putAll(many)).hasSize(1000).containsOnly(1L);
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.states()).hasSize(1001);
            assertThat(store.events(null, 999, 10))
                    .extracting(
                            recorded -> recorded.id() + " " + recorded.event().route())
                    .containsExactly("1000 r998", "1001 r999");
        }
    }

    @Test
    void marks_thenReopen_areThereAndADamagedFileIsNoReasonNotToStart() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.marks()).isEmpty();
            store.marks(Map.of("a", 1L, "b", 2L));
            store.marks(Map.of("b", 3L));
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.marks()).isEqualTo(Map.of("b", 3L));
        }
        Files.writeString(folder.resolve("marks.json"), "{\"b\": nu");
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(store.marks()).isEmpty();
        }
    }
}
