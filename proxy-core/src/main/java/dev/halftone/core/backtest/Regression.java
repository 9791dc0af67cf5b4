package dev.halftone.core.backtest;

/**
 * What befalls the canary from the onset on: a scenario, and what is stated on top of it.
 *
 * @param moreErrors share of requests that fails besides, 0..1
 * @param slowdown factor on every latency, at least 1
 */
public record Regression(Scenario scenario, double moreErrors, double slowdown) {
    public Regression {
        if (!(moreErrors >= 0 && moreErrors <= 1 && slowdown >= 1)) {
            throw new IllegalArgumentException("more errors " + moreErrors + ", slowdown " + slowdown
                    + " (expected: 0..1, and a slowdown of at least 1)");
        }
    }

    public static Regression of(Scenario scenario) {
        return new Regression(scenario, 0, 1);
    }

    /** Whether the release should be rolled back. */
    public boolean isBad() {
        return scenario.isBad() || moreErrors > 0 || slowdown > 1;
    }

    double moreErrors(double secondsSinceOnset) {
        return moreErrors + scenario.moreErrors(secondsSinceOnset);
    }

    double slowdown(double secondsSinceOnset) {
        return slowdown * scenario.slowdown(secondsSinceOnset);
    }
}
