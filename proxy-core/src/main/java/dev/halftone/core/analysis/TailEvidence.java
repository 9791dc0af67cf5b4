package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * How unusual a figure is among its own past: minus the natural logarithm of the chance of one as large. Within the past by
 * rank; beyond its largest twentieth by a power law fitted to that twentieth (Hill 1975). The past holds the newest so many;
 * a figure is judged before it joins. O(log n) and a move of memory for each figure. One thread.
 */
final class TailEvidence {
    private static final int LEAST_PAST = 50;
    private static final int LEAST_TAIL = 10;
    private static final double TAIL = 0.05;

    /** Thinner tails are not believed: a few equal figures must not make the next larger one impossible. */
    private static final double LEAST_INDEX = 0.02;

    private final double[] sorted;
    private final double[] arrived;
    private int size;
    private int oldest;

    TailEvidence(int past) {
        sorted = new double[past];
        arrived = new double[past];
    }

    /**
     * Judges a figure and then remembers it.
     *
     * @param figure 0 or more; NaN: none, no evidence and not remembered
     * @param noise added to all figures alike: differences below it mean nothing
     * @return 0 or more, in natural logarithms; 0 while the past is too short
     */
    double judge(double figure, double noise) {
        if (Double.isNaN(figure)) {
            return 0;
        }
        double evidence = size < LEAST_PAST || figure <= 0 ? 0 : evidence(figure, noise);
        remember(figure);
        return evidence;
    }

    private double evidence(double figure, double noise) {
        int tail = Math.max(LEAST_TAIL, (int) (TAIL * size));
        double edge = sorted[size - tail] + noise;
        if (figure + noise <= edge) {
            return Math.log((size + 1.0) / (size - place(figure) + 1));
        }
        double index = 0;
        for (int i = size - tail + 1; i < size; i++) {
            index += Math.log((sorted[i] + noise) / edge);
        }
        index = Math.max(LEAST_INDEX, index / (tail - 1));
        return Math.log((double) size / tail) + Math.log((figure + noise) / edge) / index;
    }

    private void remember(double figure) {
        if (size == sorted.length) {
            int gone = place(arrived[oldest]);
            System.arraycopy(sorted, gone + 1, sorted, gone, size - gone - 1);
            size--;
        }
        int place = place(figure);
        System.arraycopy(sorted, place, sorted, place + 1, size - place);
        sorted[place] = figure;
        size++;
        arrived[oldest] = figure;
        oldest = (oldest + 1) % arrived.length;
    }

    private int place(double figure) {
        int place = Arrays.binarySearch(sorted, 0, size, figure);
        return place < 0 ? -place - 1 : place;
    }
}
