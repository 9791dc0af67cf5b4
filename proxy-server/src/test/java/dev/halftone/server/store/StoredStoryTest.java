package dev.halftone.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.analysis.RollbackStory.Figures;
import dev.halftone.core.analysis.RollbackStory.Harm;
import dev.halftone.core.analysis.RollbackStory.Judged;
import dev.halftone.core.analysis.RollbackStory.Release;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of a rollback, and what was written before anything was. */
class StoredStoryTest {
    private static final RollbackStory STORY = new RollbackStory(
            new Judged("slow", "latencyP99", "threshold", "breach", 120.5, 80, 640, "the canary's p99 latency is 120"),
            1_700_000_002_000L,
            1_700_000_000_000L,
            2,
            new Figures(200, 10, 0.05, 20.5, 20, 25, 28, 30, 90),
            new Figures(0, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0),
            new Harm(2, 24, 16, 200, 10, 15, 4, 4),
            new Release(1_699_999_000_000L, 624, 16, 5, 4),
            List.of(new Contributor("00000000abcd", 3, 0.25)),
            Map.of("2xx", 608L, "5xx", 16L),
            List.of(new Judged(
                    "custom", "custom:click", "comparison", "insufficient", Double.NaN, Double.NaN, 0, "nothing")));

    @TempDir
    Path folder;

    private static RolloutState rolledBack() {
        return new RolloutState(
                "shop",
                "v2",
                "v2",
                Ratio.ALL,
                Ratio.NONE,
                Phase.ROLLED_BACK,
                false,
                "slow",
                7,
                List.of(
                        new RolloutState.Latch("v1", Phase.ABORTED, "given up", 5),
                        new RolloutState.Latch("v2", Phase.ROLLED_BACK, "slow", 7, STORY)));
    }

    private static AuditEvent event() {
        return new AuditEvent(
                7, "shop", "v2", "halftone", "rollback", "progressing 10", "rolledBack 0", "slow", "slow", STORY);
    }

    @Test
    void put_thenReopen_theStoryIsThereToTheLastNumber() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            store.put(rolledBack(), 0, List.of(event()));
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(Objects.requireNonNull(store.states().get("shop")).state())
                    .isEqualTo(rolledBack());
            assertThat(store.latestEvents("shop", 1).get(0).event()).isEqualTo(event());
        }
    }

    @Test
    void snapshot_withAStory_readsBack() throws IOException {
        Snapshot.write(folder, new Snapshot(9, List.of(new StateStore.Stored(rolledBack(), 4))));

        assertThat(Snapshot.read(folder).states().get(0).state()).isEqualTo(rolledBack());
    }

    @Test
    void fromJson_recordFromBeforeThereWereStories_hasNone() throws IOException {
        String written = """
                {"stored":{"state":{"route":"shop","release":"v2","fileRelease":"v2","wanted":{"hundredths":10000},\
                "ratio":{"hundredths":0},"phase":"ROLLED_BACK","held":false,"reason":"too-many-errors: 15 of 63",\
                "sinceMillis":7,"latched":[{"release":"v2","phase":"ROLLED_BACK","reason":"too-many-errors: 15 of 63",\
                "atMillis":7}]},"revision":3},"events":[{"id":12,"event":{"atMillis":7,"route":"shop","release":"v2",\
                "actor":"halftone","action":"rollback","from":"progressing 10","to":"rolledBack 0",\
                "check":"too-many-errors","reason":"15 of 63"}}]}""";

        LogRecord old = LogRecord.fromJson(written.getBytes(StandardCharsets.UTF_8));

        RolloutState state = Objects.requireNonNull(old.stored()).state();
        assertThat(state.wanted()).isEqualTo(Ratio.ALL);
        assertThat(state.latched()).containsExactly(new RolloutState.Latch("v2", Phase.ROLLED_BACK, state.reason(), 7));
        assertThat(old.events().get(0).event())
                .isEqualTo(new AuditEvent(
                        7,
                        "shop",
                        "v2",
                        "halftone",
                        "rollback",
                        "progressing 10",
                        "rolledBack 0",
                        "too-many-errors",
                        "15 of 63"));
        assertThat(new String(old.toJson(), StandardCharsets.UTF_8))
                .as("what has no story is written as it was")
                .isEqualTo(written);
    }
}
