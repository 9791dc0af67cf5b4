package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * Scores each value of one series by what came before it, without parameters. Four views of the newest value: how far it is from
 * any before; how far the subsequences that end with it, 8 to 64 values long, are from the nearest of their length in the past (left
 * matrix profile); how new the newest twenty values are together; how far the mean of the newest 24 is from that of all before. Each
 * becomes the minus logarithm of its chance in its own past ({@link TailEvidence}); their sum, the last at half its weight, is held
 * against a limit that grows slowly with the series. After an alarm there is silence for a while: the same trouble is not told
 * twice.
 *
 * <p>How it was chosen and how it fares on public series: docs/checks.md. A heuristic: no rate of false alarms is promised. Memory
 * is fixed, about 1.3 MB; a value costs O(6000), some tens of microseconds. Strictly past values only. One thread.
 */
final class StreamScorer implements SeriesScorer {
    private static final int HISTORY = 6000;
    private static final int[] LENGTHS = {1, 8, 16, 32, 64};
    private static final int LEVEL = 24;
    private static final double LEVEL_WEIGHT = 0.5;
    private static final int PERSISTENCE = 20;

    /** Of figures in the unit of the values, as a share of their standard deviation. */
    private static final double NOISE = 0.02;
    /** Of evidence, in natural logarithms. */
    private static final double EVIDENCE_NOISE = 0.1;

    /** In natural logarithms: one in 160 000. No view alone decides. */
    private static final double MOST_OF_ONE = 12;

    /** Of the weighted sum at the 1500th value, see {@link #limit}. */
    private static final double LIMIT = 12.25;

    private final double limit;
    private final RecentSeries series = new RecentSeries(HISTORY + 65);
    private final LeftMatrixProfile profile = new LeftMatrixProfile(series, HISTORY, LENGTHS);
    private final TailEvidence[] profileTails = new TailEvidence[LENGTHS.length];
    private final TailEvidence persistenceTail = new TailEvidence(HISTORY);
    private final TailEvidence levelTail = new TailEvidence(HISTORY);
    private final double[] novelties = new double[PERSISTENCE];
    private double mean;
    private double squares;
    private long lastAlarm = Long.MIN_VALUE / 2;

    StreamScorer() {
        this(LIMIT);
    }

    /** @param limit of the weighted sum at the 1500th value, above 0, in natural logarithms */
    StreamScorer(double limit) {
        this.limit = limit;
        Arrays.setAll(profileTails, i -> new TailEvidence(HISTORY));
    }

    @Override
    public Score next(double seconds, double value) {
        return next(value);
    }

    /** Takes the next value, whenever it came. */
    Score next(double value) {
        return decide(evidence(value), series.count());
    }

    /**
     * Holds evidence against the limit.
     *
     * @param count how many values there were, the newest included
     */
    Score decide(double evidence, long count) {
        double share = evidence / (evidence + limit * Math.pow(Math.max(count, 100) / 1500.0, 0.2));
        if (share < ANOMALY) {
            return new Score(share, false);
        }
        if (count - lastAlarm < Math.max(20, 0.03 * count)) {
            return new Score(0.98 * ANOMALY * share, false);
        }
        lastAlarm = count;
        return new Score(share, true);
    }

    /** Of the weighted sum at the 1500th value. */
    double limit() {
        return limit;
    }

    /** The weighted sum of all views of the next value, in natural logarithms. */
    double evidence(double value) {
        double noise = NOISE * (series.count() < 2 ? 0 : Math.sqrt(squares / (series.count() - 1)));
        series.add(value);
        profile.advance();
        double novelty = profileEvidence(0, noise);
        double shape = 0;
        for (int k = 1; k < LENGTHS.length; k++) {
            shape += profileEvidence(k, noise) / (LENGTHS.length - 1);
        }
        double persistence = cut(persistenceTail.judge(persistence(novelty), EVIDENCE_NOISE));
        double level = cut(levelTail.judge(level(), noise));
        learn(value);
        return novelty + shape + persistence + LEVEL_WEIGHT * level;
    }

    private double profileEvidence(int k, double noise) {
        return cut(profileTails[k].judge(profile.nearest(k), noise));
    }

    private static double cut(double evidence) {
        return Math.min(MOST_OF_ONE, evidence);
    }

    /** The mean of the newest novelties. */
    private double persistence(double novelty) {
        long count = series.count();
        novelties[(int) ((count - 1) % PERSISTENCE)] = novelty;
        return Arrays.stream(novelties).sum() / Math.min(PERSISTENCE, count);
    }

    private double level() {
        int end = series.end();
        if (end <= 2 * LEVEL) {
            return Double.NaN;
        }
        return Math.abs(series.mean(end - LEVEL, end) - series.mean(Math.max(0, end - HISTORY), end - LEVEL));
    }

    /** Welford's update. */
    private void learn(double value) {
        double distance = value - mean;
        mean += distance / series.count();
        squares += distance * (value - mean);
    }
}
