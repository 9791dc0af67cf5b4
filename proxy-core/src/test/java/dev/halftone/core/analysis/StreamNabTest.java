package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How {@link StreamScorer} does on public series: standard profile of {@link NabScorer}, alarms as it gives them. */
class StreamNabTest {
    private static final double[] LIMITS =
            IntStream.rangeClosed(0, 32).mapToDouble(i -> 8 + i * 0.25).toArray();
    private static List<NabFile> files;
    private static List<double[]> evidence;

    @BeforeAll
    static void judgeAllSeries() throws IOException {
        files = NabFile.all();
        evidence = files.parallelStream().map(StreamNabTest::evidence).toList();
    }

    private static double[] evidence(NabFile file) {
        StreamScorer scorer = new StreamScorer();
        return file.values().stream().mapToDouble(scorer::evidence).toArray();
    }

    private static BitSet alarms(StreamScorer scorer, double[] evidence) {
        BitSet alarms = new BitSet();
        for (int i = 0; i < evidence.length; i++) {
            alarms.set(i, scorer.decide(evidence[i], i + 1).isAnomaly());
        }
        return alarms;
    }

    private static int[] half(int which) {
        return IntStream.range(0, files.size()).filter(i -> i % 2 == which).toArray();
    }

    private static void add(NabScorer to, int file, StreamScorer scorer) {
        to.add(files.get(file).values().size(), files.get(file).windows(), alarms(scorer, evidence.get(file)));
    }

    private static double score(int[] which, double limit) {
        NabScorer scorer = new NabScorer();
        for (int file : which) {
            add(scorer, file, new StreamScorer(limit));
        }
        return scorer.normalized();
    }

    /** The limit that, together with its neighbours, scores best on these files. */
    private static double tuned(int... which) {
        double[] scores = new double[LIMITS.length];
        for (int i = 0; i < LIMITS.length; i++) {
            scores[i] = score(which, LIMITS[i]);
        }
        int best = IntStream.range(1, LIMITS.length - 1)
                .reduce(1, (a, b) -> around(scores, b) > around(scores, a) ? b : a);
        return LIMITS[best];
    }

    private static double around(double[] scores, int at) {
        return scores[at - 1] + scores[at] + scores[at + 1];
    }

    @Test
    void score_limitTunedOnTheOtherHalf_isAbove72() {
        double fromEven = tuned(half(0));
        double fromOdd = tuned(half(1));
        NabScorer crossed = new NabScorer();
        for (int file : half(1)) {
            add(crossed, file, new StreamScorer(fromEven));
        }
        for (int file : half(0)) {
            add(crossed, file, new StreamScorer(fromOdd));
        }
        assertThat(score(half(1), fromEven)).as("odd files").isCloseTo(68.99, within(0.1));
        assertThat(score(half(0), fromOdd)).as("even files").isCloseTo(79.70, within(0.1));
        assertThat(crossed.windows()).isEqualTo(57);
        assertThat(crossed.normalized()).as("all files").isCloseTo(75.19, within(0.1));
    }

    @Test
    void score_asShipped_isWhatIsClaimed() {
        double limit = new StreamScorer().limit();
        assertThat(limit).as("the one that the even files choose").isEqualTo(tuned(half(0)));
        assertThat(score(half(0), limit)).as("even files").isCloseTo(85.24, within(0.1));
        assertThat(score(half(1), limit)).as("odd files").isCloseTo(68.99, within(0.1));
        assertThat(score(IntStream.range(0, files.size()).toArray(), limit))
                .as("all files")
                .isCloseTo(78.39, within(0.1));
    }
}
