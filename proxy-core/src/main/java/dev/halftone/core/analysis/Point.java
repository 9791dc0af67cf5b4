package dev.halftone.core.analysis;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.VersionSlice;
import java.util.Map;

/**
 * One version's outcomes over some time, from one slice or many. Immutable. Shares and latencies are those of the counted
 * requests, so that no user decides alone; the request rate is that of all.
 *
 * @param nanos how much time it holds
 * @param counted what checks judge
 * @param beyond the other analysed requests
 */
record Point(long nanos, Outcomes counted, Outcomes beyond, UserBits users) {
    static final Point EMPTY = new Point(0, Outcomes.NONE, Outcomes.NONE, UserBits.NONE);

    Point plus(VersionSlice slice, long sliceNanos) {
        return new Point(
                nanos + sliceNanos,
                counted.plus(slice.counted()),
                beyond.plus(slice.beyond()),
                users.plus(slice.users()));
    }

    /** Counted requests. */
    long requests() {
        return counted.requests();
    }

    long errors() {
        return counted.errors();
    }

    long clientFaults() {
        return counted.clientFaults();
    }

    LatencyCounts latency() {
        return counted.latency();
    }

    /** Of all requests, counted or not. */
    LatencyCounts allLatency() {
        return counted.latency().plus(beyond.latency());
    }

    Point plus(Point more) {
        return new Point(
                nanos + more.nanos, counted.plus(more.counted), beyond.plus(more.beyond), users.plus(more.users));
    }

    double seconds() {
        return nanos / 1e9;
    }

    /** How many samples stand behind this metric. */
    long samples(Metric metric) {
        return switch (metric) {
            case REQUEST_RATE -> requests() + beyond.requests();
            case SUCCESS_RATE, ERROR_RATE -> requests();
            case CUSTOM -> 0;
            default -> latency().count();
        };
    }

    /** The metric in its unit; NaN if nothing was counted. */
    double value(Metric metric) {
        if (metric == Metric.REQUEST_RATE) {
            return nanos == 0 ? Double.NaN : samples(metric) / seconds();
        }
        if (samples(metric) == 0) {
            return Double.NaN;
        }
        return switch (metric) {
            case ERROR_RATE -> Math.min(1, (double) errors() / requests());
            case SUCCESS_RATE -> Math.max(0, 1 - (double) (errors() + clientFaults()) / requests());
            case LATENCY_MEAN -> latency().sumNanos() / 1e6 / latency().count();
            default -> latency().quantileNanos(quantile(metric)) / 1e6;
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

    /** What happened to all requests, counted or not. */
    VersionStats stats() {
        Point all = new Point(nanos, counted.plus(beyond), Outcomes.NONE, users);
        return new VersionStats(
                all.requests(),
                all.errors(),
                all.value(Metric.ERROR_RATE),
                all.value(Metric.LATENCY_MEAN),
                all.value(Metric.LATENCY_P50),
                all.value(Metric.LATENCY_P90),
                all.value(Metric.LATENCY_P95),
                all.value(Metric.LATENCY_P99),
                users.estimate(),
                Map.of());
    }
}
