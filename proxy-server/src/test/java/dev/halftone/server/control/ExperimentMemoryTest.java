package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.Finding.Verdict;
import dev.halftone.core.experiment.FindingSeries.Moment;
import dev.halftone.core.window.ExperimentTally;
import dev.halftone.server.store.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of an A/B test comes back as it was, or is known to be gone. */
class ExperimentMemoryTest {
    @TempDir
    Path folder;

    private static ExperimentMemory memory() {
        ExperimentTally tally = new ExperimentTally(2, "click");
        for (long user = 0; user < 5000; user++) {
            tally.answered((int) (user & 1), user * 0x9e3779b97f4a7c15L);
            tally.reported((int) (user & 1), user * 0x9e3779b97f4a7c15L, user % 3 == 0 ? 1 : 0);
        }
        ArmFinding arm = new ArmFinding("b", 0.5, 7, 6, 5, 4, 0.8, Double.NaN, -0.1, 0.2, Verdict.EARLY);
        Finding finding = new Finding(42, List.of(arm), 0.5, "lost");
        return new ExperimentMemory("r1\nwords", 42, 0.25, null, tally.memory(), List.of(new Moment(43, finding)));
    }

    @Test
    void ofToBytes_isTheSame() throws IOException {
        ExperimentMemory memory = memory();
        byte[] bytes = memory.toBytes();
        assertThat(bytes.length).as("bytes of a test of 5000 users").isLessThan(100_000);
        ExperimentMemory again = ExperimentMemory.of(bytes);
        assertThat(again.test()).isEqualTo(memory.test());
        assertThat(again.startedMillis()).isEqualTo(42);
        assertThat(again.mismatch()).isEqualTo(0.25);
        assertThat(again.alarm()).isNull();
        assertThat(again.series()).isEqualTo(memory.series());
        assertThat(again.tally().cells()).isEqualTo(memory.tally().cells());
        assertThat(again.tally().answered()).isEqualTo(memory.tally().answered());
        assertThat(again.tally().reported()).isEqualTo(memory.tally().reported());
        assertThat(again.tally().users()).isEqualTo(memory.tally().users());
    }

    @Test
    void of_cutShort_isRefused() throws IOException {
        byte[] bytes = memory().toBytes();
        for (int length : new int[] {0, 1, 10, bytes.length / 2, bytes.length - 100}) {
            assertThatThrownBy(() -> ExperimentMemory.of(Arrays.copyOf(bytes, length)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void recall_ofAnotherTestOrADamagedFile_isNothing() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            ExperimentJournal journal = new ExperimentJournal(store);
            assertThat(journal.recall("shop", "r1\nwords")).isNull();
            store.keep("experiment/shop", memory().toBytes());
            assertThat(journal.recall("shop", "r1\nwords")).isNotNull();
            assertThat(journal.recall("shop", "r2\nwords")).isNull();
            Path file;
            try (Stream<Path> files = Files.list(folder.resolve("kept"))) {
                file = files.findFirst().orElseThrow();
            }
            byte[] content = Files.readAllBytes(file);
            content[content.length / 2] ^= 1;
            Files.write(file, content);
            assertThat(journal.recall("shop", "r1\nwords")).isNull();
            Files.write(file, new byte[3]);
            assertThat(journal.recall("shop", "r1\nwords")).isNull();
        }
    }

    @Test
    void everyMillis_losesHalfOrAMinuteAtMost() {
        assertThat(ExperimentJournal.everyMillis(0)).isEqualTo(1000);
        assertThat(ExperimentJournal.everyMillis(7000)).isEqualTo(7000);
        assertThat(ExperimentJournal.everyMillis(86_400_000)).isEqualTo(60_000);
    }
}
