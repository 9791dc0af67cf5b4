package dev.halftone.core.backtest;

import java.util.ArrayList;
import java.util.List;

/** A figure of many releases. What is said of it does not depend on the order in which it was gathered. One thread. */
public final class Sample {
    private final List<Double> values = new ArrayList<>();

    /** @param value infinite where what is measured did not come about */
    void add(double value) {
        values.add(value);
    }

    void addAll(Sample other) {
        values.addAll(other.values);
    }

    public int size() {
        return values.size();
    }

    /** How many of them are finite. */
    public int finite() {
        return (int) values.stream().filter(value -> !value.isInfinite()).count();
    }

    double[] sorted() {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    /** NaN if empty. */
    public double mean() {
        double sum = 0;
        for (double value : sorted()) {
            sum += value;
        }
        return sum / values.size();
    }

    /**
     * This share of the values is at most so much.
     *
     * @param share above 0, at most 1
     * @return NaN if empty
     */
    public double quantile(double share) {
        double[] sorted = sorted();
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
