package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * The newest value's distance from the median of the values around the same time of earlier days: within a quarter of an hour,
 * or one step of the series if that is longer, at most twenty days back. One thread.
 */
final class SameTimeOfDay {
    private static final double DAY_SECONDS = 86_400;
    private static final double HALF_WIDTH_SECONDS = 900;
    private static final int DAYS = 20;
    private static final int LEAST_VALUES = 3;

    /** Of a dense series, evenly chosen ones are enough. */
    private static final int MOST_OF_A_DAY = 16;

    private final RecentSeries series;
    private final int history;
    private final double[] found = new double[DAYS * MOST_OF_A_DAY];

    SameTimeOfDay(RecentSeries series, int history) {
        this.series = series;
        this.history = history;
    }

    /** In the unit of the values; NaN as long as there are fewer than three to compare with. */
    double distance() {
        int newest = series.end() - 1;
        int first = Math.max(0, newest - history);
        double now = series.timeAt(newest);
        double width = Math.max(HALF_WIDTH_SECONDS, 1.01 * usualStep(first, newest));
        if (width > DAY_SECONDS / 2) {
            return Double.NaN;
        }
        int number = 0;
        for (int day = 1; day <= DAYS; day++) {
            double then = now - day * DAY_SECONDS;
            if (then + width < series.timeAt(first)) {
                break;
            }
            number = collect(
                    Math.max(first, series.firstFrom(then - width)),
                    series.firstFrom(Math.nextUp(then + width)),
                    number);
        }
        if (number < LEAST_VALUES) {
            return Double.NaN;
        }
        Arrays.sort(found, 0, number);
        return Math.abs(series.at(newest) - found[number / 2]);
    }

    private double usualStep(int first, int newest) {
        return newest == first ? 0 : (series.timeAt(newest) - series.timeAt(first)) / (newest - first);
    }

    private int collect(int from, int to, int number) {
        int stride = Math.max(1, (to - from + MOST_OF_A_DAY - 1) / MOST_OF_A_DAY);
        int next = number;
        for (int i = from; i < to; i += stride) {
            found[next] = series.at(i);
            next++;
        }
        return next;
    }
}
