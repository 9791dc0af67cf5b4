package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * Scores each value of one series by what came before it, without parameters. Six views of the newest value: how far its
 * subsequences are from the nearest in the past (left matrix profile of lengths 2 to 96; again with compressed values), how far
 * the value itself is from any before, its distance from the median at the same time of earlier days, the level of the newest 6,
 * 24 and 96 against all before, and how flat the newest twelve are. Each becomes the minus logarithm of its chance in its own
 * past ({@link TailEvidence}); their weighted sum is held against a limit that grows slowly with the series. After an alarm
 * there is silence for a while: the same trouble is not told twice.
 *
 * <p>Weights and limit were chosen on half of a set of public series and scored on the other half, see docs/checks.md. A
 * heuristic: no rate of false alarms is promised. Memory is fixed, about 3 MB; a value costs O(6000), some hundred
 * microseconds. Strictly past values only. One thread.
 */
final class StreamScorer implements SeriesScorer {
    private static final int HISTORY = 6000;
    private static final int[] LENGTHS = {1, 2, 4, 8, 16, 32, 64, 96};
    private static final int[] COMPRESSED_LENGTHS = {4, 12, 36};
    private static final int[] LEVELS = {6, 24, 96};
    private static final int FLAT = 12;
    private static final double NOISE = 0.02;

    /** In natural logarithms: one in 160 000. */
    private static final double MOST_OF_ONE = 12;

    /** Of the weighted sum at the 1500th value. */
    private static final double LIMIT = 38.6;

    private final RecentSeries series = new RecentSeries(HISTORY + 97);
    private final LeftMatrixProfile raw = new LeftMatrixProfile(series, HISTORY, false, LENGTHS);
    private final LeftMatrixProfile compressed = new LeftMatrixProfile(series, HISTORY, true, COMPRESSED_LENGTHS);
    private final SameTimeOfDay sameTime = new SameTimeOfDay(series, HISTORY);
    private final TailEvidence[] rawTails = tails(LENGTHS.length);
    private final TailEvidence[] compressedTails = tails(COMPRESSED_LENGTHS.length);
    private final TailEvidence[] levelTails = tails(LEVELS.length);
    private final TailEvidence sameTimeTail = new TailEvidence(HISTORY);
    private final TailEvidence flatTail = new TailEvidence(HISTORY);
    private double mean;
    private double squares;
    private long lastAlarm = Long.MIN_VALUE / 2;

    private static TailEvidence[] tails(int number) {
        TailEvidence[] tails = new TailEvidence[number];
        Arrays.setAll(tails, i -> new TailEvidence(HISTORY));
        return tails;
    }

    @Override
    public Score next(double seconds, double value) {
        double evidence = evidence(seconds, value);
        long count = series.count();
        double share = evidence / (evidence + limit(count));
        if (share < ANOMALY) {
            return new Score(share, false);
        }
        if (count - lastAlarm < Math.max(20, 0.03 * count)) {
            return new Score(0.98 * ANOMALY * share, false);
        }
        lastAlarm = count;
        return new Score(share, true);
    }

    private static double limit(long count) {
        return LIMIT * Math.pow(Math.max(count, 100) / 1500.0, 0.2);
    }

    /** The weighted sum of all views, in natural logarithms. */
    double evidence(double seconds, double value) {
        double noise = NOISE * (series.count() < 2 ? 0 : Math.sqrt(squares / (series.count() - 1)));
        series.add(seconds, value);
        raw.advance();
        compressed.advance();
        double novelty = rawTails[0].judge(raw.nearest(0), noise);
        double shape = 0;
        for (int k = 1; k < LENGTHS.length; k++) {
            shape = Math.max(shape, rawTails[k].judge(raw.nearest(k), noise));
        }
        double compressedShape = 0;
        for (int k = 0; k < COMPRESSED_LENGTHS.length; k++) {
            compressedShape = Math.max(compressedShape, compressedTails[k].judge(compressed.nearest(k), NOISE));
        }
        double level = 0;
        for (int k = 0; k < LEVELS.length; k++) {
            level = Math.max(level, levelTails[k].judge(level(LEVELS[k]), noise));
        }
        double timeOfDay = sameTimeTail.judge(sameTime.distance(), noise);
        double flat = flatTail.judge(flatness(), NOISE);
        learn(value);
        return 2 * cut(shape) + cut(compressedShape) + 2 * cut(novelty) + cut(timeOfDay) + 3 * cut(level) + cut(flat);
    }

    /** No view alone decides. */
    private static double cut(double evidence) {
        return Math.min(MOST_OF_ONE, evidence);
    }

    private double level(int width) {
        int end = series.end();
        if (end <= 2 * width) {
            return Double.NaN;
        }
        return Math.abs(series.mean(end - width, end) - series.mean(first(), end - width));
    }

    private double flatness() {
        int end = series.end();
        double usual = series.meanChange(first(), end);
        if (end < FLAT + 2 || usual == 0) {
            return Double.NaN;
        }
        return 1 / (series.meanChange(end - FLAT, end) / usual + 0.01);
    }

    private int first() {
        return Math.max(0, series.end() - HISTORY);
    }

    /** Welford's update. */
    private void learn(double value) {
        double distance = value - mean;
        mean += distance / series.count();
        squares += distance * (value - mean);
    }
}
