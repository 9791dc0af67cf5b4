package dev.halftone.core.window;

/** Count, sum and sum of squares of the logarithms of latencies, each taken for the middle of its bin. One thread. */
public final class LogLatencies {
    private double count;
    private double sum;
    private double squares;

    public void add(LatencyCounts latencies) {
        for (int i = 0; i < latencies.size(); i++) {
            long times = latencies.countAt(i);
            double log = Math.log((double) LatencyBins.middleNanos(latencies.binAt(i)));
            count += times;
            sum += times * log;
            squares += times * log * log;
        }
    }

    public double count() {
        return count;
    }

    public double mean() {
        return sum / count;
    }

    public double variance() {
        return Math.max(0, squares / count - mean() * mean());
    }
}
