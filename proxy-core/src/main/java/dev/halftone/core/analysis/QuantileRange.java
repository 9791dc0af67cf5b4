package dev.halftone.core.analysis;

import dev.halftone.core.window.LatencyCounts;
import org.jspecify.annotations.Nullable;

/**
 * Where a quantile of all latencies of a version lies, judging by those that were seen: a 95 % interval between two of the sorted
 * latencies, whatever their distribution (order statistics, with the binomial's normal approximation; Hahn and Meeker, Statistical
 * Intervals, 1991, section 5.2). As exact as the bins.
 *
 * @param lowMillis the lower end
 * @param highMillis the upper end, or null if so few latencies set none
 */
public record QuantileRange(double lowMillis, @Nullable Double highMillis) {
    private static final double Z = 1.96;

    /** @return null without latencies */
    static @Nullable QuantileRange of(LatencyCounts latencies, double q) {
        long count = latencies.count();
        if (count == 0) {
            return null;
        }
        double half = Z * Math.sqrt(q * (1 - q) / count);
        double low = Math.max(q - half, 1.0 / count);
        double high = q + half;
        return new QuantileRange(
                latencies.quantileNanos(low) / 1e6, high < 1 ? latencies.quantileNanos(high) / 1e6 : null);
    }
}
