package dev.halftone.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Fleet;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.RolloutState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a release stands on its plan is stored; what was written before there were plans can be read. */
class StoredProgressTest {
    @TempDir
    Path folder;

    private static RolloutState onPlan(@Nullable Progress progress) {
        RolloutState plain = EmbeddedStoreTest.state("shop", 10);
        return new RolloutState(
                plain.route(),
                plain.release(),
                plain.fileRelease(),
                plain.wanted(),
                plain.ratio(),
                plain.phase(),
                plain.held(),
                plain.reason(),
                plain.sinceMillis(),
                plain.latched(),
                progress);
    }

    @Test
    void put_stateOnAPlan_isReadAsItWas() throws IOException {
        RolloutState atGate =
                onPlan(new Progress("the plan", 3, 99, new Progress.AtGate("smoke", true, "GET / answered 503")));
        RolloutState atStep = onPlan(new Progress("the plan", 0, 5, null));
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            store.put(atStep, 0, List.of());
            store.put(atGate, 1, List.of());
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(Objects.requireNonNull(store.states().get("shop")).state())
                    .isEqualTo(atGate);
        }
        assertThat(new String(
                        new LogRecord(new StateStore.Stored(atStep, 1), List.of()).toJson(), StandardCharsets.UTF_8))
                .endsWith("\"progress\":{\"plan\":\"the plan\",\"step\":0,\"sinceMillis\":5}},"
                        + "\"revision\":1},\"events\":[]}");
    }

    @Test
    void put_rollingRelease_keepsItsInstancesAndTheHookAsked() throws IOException {
        Progress.AtHook hook = new Progress.AtHook("beforeStep", 2, new Ratio(6666), 7, false, "busy");
        RolloutState plain = onPlan(new Progress("the plan", 1, 99, null, hook));
        Fleet.Turn turn = new Fleet.Turn("10.0.0.2:80", true, Fleet.Stage.HOOK, 42, "not yet");
        Fleet fleet = new Fleet("v2", 3, List.of("10.0.0.1:80", "10.0.0.2:80"), turn, true);
        RolloutState rolling = new RolloutState(
                plain.route(),
                plain.release(),
                plain.fileRelease(),
                plain.wanted(),
                plain.ratio(),
                plain.phase(),
                plain.held(),
                plain.reason(),
                plain.sinceMillis(),
                plain.latched(),
                plain.progress(),
                fleet);
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            store.put(rolling, 0, List.of());
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            assertThat(Objects.requireNonNull(store.states().get("shop")).state())
                    .isEqualTo(rolling);
        }
    }

    @Test
    void read_recordFromBeforePlans_hasNoProgress() throws IOException {
        String written = """
                {"stored":{"state":{"route":"shop","release":"v2","fileRelease":"v2","wanted":{"hundredths":1000},
                "ratio":{"hundredths":1000},"phase":"PROGRESSING","held":false,"reason":"why","sinceMillis":7,
                "latched":[{"release":"v1","phase":"ROLLED_BACK","reason":"r","atMillis":5}]},"revision":3},"events":[]}
                """;
        LogRecord record = LogRecord.fromJson(written.getBytes(StandardCharsets.UTF_8));

        RolloutState state = Objects.requireNonNull(record.stored()).state();
        assertThat(state.progress()).isNull();
        assertThat(state.ratio()).isEqualTo(new Ratio(1000));
        assertThat(state.latched()).hasSize(1);
    }
}
