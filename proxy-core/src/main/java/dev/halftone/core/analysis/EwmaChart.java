package dev.halftone.core.analysis;

/** Centre, spread and weighted average of an EWMA control chart. One thread. */
final class EwmaChart {
    private final DetectorSpec.Ewma spec;
    private long learnt;
    private double mean;
    private double squares;
    private long judged;
    private double average;

    EwmaChart(DetectorSpec.Ewma spec) {
        this.spec = spec;
    }

    /** How many points stand behind centre and spread. */
    long learnt() {
        return learnt;
    }

    double mean() {
        return mean;
    }

    double average() {
        return average;
    }

    /** Moves the average by a point. @return its limits now */
    Limits move(double value, double leastDeviation) {
        double deviation = Math.max(Math.sqrt(squares / (learnt - 1)), leastDeviation);
        average = judged == 0 ? mean : average;
        judged++;
        average += spec.alpha() * (value - average);
        double factor = spec.alpha() / (2 - spec.alpha()) * (1 - Math.pow(1 - spec.alpha(), 2.0 * judged));
        return new Limits(spec.side(), mean, spec.sigma() * deviation * Math.sqrt(factor));
    }

    /** Welford's update; NaN is passed over. */
    void learn(double value) {
        if (Double.isNaN(value)) {
            return;
        }
        learnt++;
        double distance = value - mean;
        mean += distance / learnt;
        squares += distance * (value - mean);
    }
}
