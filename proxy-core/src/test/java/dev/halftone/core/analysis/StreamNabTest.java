package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How {@link StreamScorer} does on public series: standard profile of {@link NabScorer}, alarms as it gives them. */
class StreamNabTest {
    private static BitSet alarms(NabFile file) {
        StreamScorer scorer = new StreamScorer();
        BitSet alarms = new BitSet();
        for (int i = 0; i < file.values().size(); i++) {
            alarms.set(
                    i, scorer.next(file.seconds().get(i), file.values().get(i)).isAnomaly());
        }
        return alarms;
    }

    @Test
    void score_publicSeries_isAtLeastWhatIsClaimed() throws IOException {
        List<NabFile> files = NabFile.all();
        List<BitSet> alarms = files.parallelStream().map(StreamNabTest::alarms).toList();
        NabScorer all = new NabScorer();
        NabScorer tuned = new NabScorer();
        NabScorer heldOut = new NabScorer();
        for (int i = 0; i < files.size(); i++) {
            NabFile file = files.get(i);
            all.add(file.values().size(), file.windows(), alarms.get(i));
            (i % 2 == 0 ? tuned : heldOut).add(file.values().size(), file.windows(), alarms.get(i));
        }
        assertThat(all.windows()).isEqualTo(57);
        assertThat(tuned.normalized())
                .as("the half that weights and limit were chosen on")
                .isCloseTo(80.77, within(0.1));
        assertThat(heldOut.normalized()).as("the other half").isCloseTo(68.67, within(0.1));
        assertThat(all.normalized()).as("all").isCloseTo(75.68, within(0.1));
    }
}
