package dev.halftone.core.analysis;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.VersionSlice;

/**
 * One version's outcomes over some time, from one slice or many. Immutable.
 *
 * @param nanos how much time it holds
 */
record Point(long nanos, long requests, long errors, long clientFaults, LatencyCounts latency) {
    static final Point EMPTY = new Point(0, 0, 0, 0, LatencyCounts.EMPTY);

    Point plus(VersionSlice slice, long sliceNanos) {
        return new Point(
                nanos + sliceNanos,
                requests + slice.requests(),
                errors + slice.errors(),
                clientFaults + slice.clientFaults(),
                latency.plus(slice.latency()));
    }

    Point plus(Point more) {
        return new Point(
                nanos + more.nanos,
                requests + more.requests,
                errors + more.errors,
                clientFaults + more.clientFaults,
                latency.plus(more.latency));
    }

    double seconds() {
        return nanos / 1e9;
    }

    /** How many samples stand behind this metric. */
    long samples(Metric metric) {
        return switch (metric) {
            case REQUEST_RATE, SUCCESS_RATE, ERROR_RATE -> requests;
            default -> latency.count();
        };
    }

    /** The metric in its unit; NaN if nothing was counted. */
    double value(Metric metric) {
        if (metric == Metric.REQUEST_RATE) {
            return nanos == 0 ? Double.NaN : requests / seconds();
        }
        if (samples(metric) == 0) {
            return Double.NaN;
        }
        return switch (metric) {
            case ERROR_RATE -> Math.min(1, (double) errors / requests);
            case SUCCESS_RATE -> Math.max(0, 1 - (double) (errors + clientFaults) / requests);
            case LATENCY_MEAN -> latency.sumNanos() / 1e6 / latency.count();
            default -> latency.quantileNanos(quantile(metric)) / 1e6;
        };
    }

    static double quantile(Metric metric) {
        return switch (metric) {
            case LATENCY_P50 -> 0.5;
            case LATENCY_P90 -> 0.9;
            case LATENCY_P95 -> 0.95;
            case LATENCY_P99 -> 0.99;
            default -> throw new IllegalArgumentException(metric.label() + " (expected: a latency quantile)");
        };
    }

    /** The spread that chance alone gives this metric at this many samples; a floor for what was seen. */
    double chance(Metric metric, double centre) {
        long samples = Math.max(1, samples(metric));
        return switch (metric) {
            case ERROR_RATE, SUCCESS_RATE -> {
                double share = Math.min(1 - 0.5 / samples, Math.max(0.5 / samples, centre));
                yield Math.sqrt(share * (1 - share) / samples);
            }
            case REQUEST_RATE -> Math.sqrt(Math.max(1, centre * seconds())) / Math.max(1e-9, seconds());
            default -> 0.01 * Math.abs(centre) + 0.001;
        };
    }

    VersionStats stats() {
        return new VersionStats(
                requests,
                errors,
                value(Metric.ERROR_RATE),
                value(Metric.LATENCY_MEAN),
                value(Metric.LATENCY_P50),
                value(Metric.LATENCY_P90),
                value(Metric.LATENCY_P95),
                value(Metric.LATENCY_P99));
    }
}
