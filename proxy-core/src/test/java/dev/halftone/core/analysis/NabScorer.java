package dev.halftone.core.analysis;

import java.util.BitSet;
import java.util.List;

/**
 * The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015), standard profile: a right alarm 1, a missed window −1, a
 * wrong alarm −0.11.
 *
 * <ul>
 *   <li>In a window only the earliest alarm counts, by where it lies: y = −1 at the left edge (weight 1), y near 0 at the right
 *       edge (weight near 0), with σ(y) = 2/(1 + e^5y) − 1, over σ(−1).
 *   <li>A wrong alarm counts −0.11, or 0.11·σ(y) at a distance of y widths behind the last window, −0.11 from 3 widths on.
 *   <li>Nothing counts in the probationary part: the first 15 %, at most 750 values.
 *   <li>Over all files: 100·(score − null) / (perfect − null), where the null detector never alarms (−1 for each window) and the
 *       perfect one alarms at the first value of each (1 each). Below 0 is worse than silence.
 * </ul>
 */
final class NabScorer {
    private static final double WRONG = 0.11;
    private static final double PROBATION = 0.15;
    private static final int PROBATION_CAP = 5000;
    private static final double FAR = 3;

    private double score;
    private int windows;
    private int found;
    private int wrong;

    /** An anomaly's window, both ends included, as positions in the file. */
    record Window(int first, int last) {
        int width() {
            return last - first + 1;
        }
    }

    /** Adds one file; windows in order of time, without overlap. */
    void add(int values, List<Window> fileWindows, BitSet alarms) {
        windows += fileWindows.size();
        double[] best = new double[fileWindows.size()];
        java.util.Arrays.fill(best, -1);
        int probation = (int) Math.ceil(Math.min(Math.floor(PROBATION * values), PROBATION * PROBATION_CAP));
        int next = 0;
        for (int at = alarms.nextSetBit(probation); at >= 0; at = alarms.nextSetBit(at + 1)) {
            while (next < fileWindows.size() && fileWindows.get(next).last() < at) {
                next++;
            }
            if (next < fileWindows.size() && fileWindows.get(next).first() <= at) {
                best[next] = Math.max(best[next], right(fileWindows.get(next), at));
            } else {
                wrong++;
                score += next == 0 ? -WRONG : wrong(fileWindows.get(next - 1), at);
            }
        }
        for (double window : best) {
            score += window;
            found += window > -1 ? 1 : 0;
        }
    }

    private static double right(Window window, int at) {
        return sigmoid(-(window.last() - at + 1.0) / window.width()) / sigmoid(-1);
    }

    private static double wrong(Window before, int at) {
        double distance = (at - before.last()) / (before.width() - 1.0);
        return distance > FAR ? -WRONG : WRONG * sigmoid(distance);
    }

    private static double sigmoid(double y) {
        return 2 / (1 + Math.exp(5 * y)) - 1;
    }

    /** 100 for the perfect detector, 0 for one that never alarms. */
    double normalized() {
        return 100 * (score + windows) / (2.0 * windows);
    }

    int windows() {
        return windows;
    }

    int found() {
        return found;
    }

    int wrongAlarms() {
        return wrong;
    }
}
