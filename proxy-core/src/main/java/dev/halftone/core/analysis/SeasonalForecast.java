package dev.halftone.core.analysis;

import org.jspecify.annotations.Nullable;

/**
 * Forecasts the next value of a seasonal series from the values before it, and how far forecasts went wrong lately.
 *
 * <p>{@link Stl} takes the last {@value #PERIODS} periods apart anew once in so many values; until then the next value is the last
 * trend plus the same place of the last cycle. The judged value is never in its own fit. Memory is four periods and the errors of
 * one; a fit costs O(values · smoothing window), a value between fits O(period) for its spread. One thread.
 */
final class SeasonalForecast {
    private static final int PERIODS = 4;
    private static final int LEAST_ERRORS = 24;
    private static final int CYCLE_WINDOW = 7;
    private static final int ROBUST_PASSES = 2;

    /** How often a period is taken apart anew. */
    private static final int FITS = 24;

    private final int period;
    private final int fitEvery;
    private final Stl stl;
    private final double[] values;
    private final double[] errors;
    private long count;
    private long errorCount;
    private long fitted = -1;
    private double trend;
    private double[] season = new double[0];

    /** @param period values in one season, at least 2 */
    SeasonalForecast(int period) {
        this.period = period;
        fitEvery = Math.max(1, period / FITS);
        values = new double[PERIODS * period];
        errors = new double[Math.max(LEAST_ERRORS, period)];
        // The trend's window is the paper's: the smallest odd number of at least 1.5 p / (1 - 1.5 / cycle window).
        int trendWindow = odd(1.5 * period / (1 - 1.5 / CYCLE_WINDOW));
        int lowPassWindow = odd(period);
        stl = new Stl(
                period,
                new Loess(CYCLE_WINDOW, 0, 1),
                new Loess(trendWindow, 1, Math.max(1, trendWindow / 10)),
                new Loess(lowPassWindow, 1, Math.max(1, lowPassWindow / 10)),
                1,
                ROBUST_PASSES);
    }

    private static int odd(double atLeast) {
        int whole = (int) Math.ceil(Math.max(3, atLeast));
        return whole % 2 == 0 ? whole + 1 : whole;
    }

    /** What the next value should be; NaN before two periods have passed. */
    double next() {
        if (count < 2L * period) {
            return Double.NaN;
        }
        if (fitted < 0 || count - fitted >= fitEvery) {
            fit();
        }
        return trend + season[(int) (count % period)];
    }

    /** Robust standard deviation of the forecasts' errors; null while there are fewer than two dozen. */
    @Nullable
    Double spread() {
        if (errorCount < LEAST_ERRORS) {
            return null;
        }
        int held = (int) Math.min(errorCount, errors.length);
        return Spread.deviation(java.util.Arrays.copyOf(errors, held), 0);
    }

    /** How many errors stand behind the spread, at most one period of them. */
    long errors() {
        return errorCount;
    }

    /**
     * Takes the value that came; NaN if there was none, which counts as what was forecast, or as the last one.
     *
     * @param learn whether its error may widen the spread
     */
    void add(double value, boolean learn) {
        double forecast = next();
        boolean missing = Double.isNaN(value);
        if (missing && count == 0) {
            return;
        }
        double last = count == 0 ? value : values[(int) ((count - 1) % values.length)];
        double kept = missing ? (Double.isNaN(forecast) ? last : forecast) : value;
        if (!missing && learn && !Double.isNaN(forecast)) {
            errors[(int) (errorCount % errors.length)] = value - forecast;
            errorCount++;
        }
        values[(int) (count % values.length)] = kept;
        count++;
    }

    private void fit() {
        int held = (int) Math.min(count, values.length);
        double[] series = new double[held];
        for (int i = 0; i < held; i++) {
            series[i] = values[(int) ((count - held + i) % values.length)];
        }
        Stl.Parts parts = stl.decompose(series);
        trend = parts.trend()[held - 1];
        season = new double[period];
        for (int i = held - period; i < held; i++) {
            season[(int) ((count - held + i) % period)] = parts.season()[i];
        }
        fitted = count;
    }
}
