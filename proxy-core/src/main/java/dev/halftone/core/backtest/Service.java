package dev.halftone.core.backtest;

/**
 * What a generated service is like while nothing is wrong with it.
 *
 * @param errorRate share of requests that fails anyway, 0..1
 * @param medianMillis median latency, above 0
 * @param noise factor on the slow noise of load and latency, 0 for none, 1 for {@link Simulation}'s own
 * @param incidentsPerDay how many incidents hit both versions on average, 0 or more
 */
public record Service(double errorRate, double medianMillis, double noise, double incidentsPerDay) {
    /** The median of {@link Simulation}'s mixture of latencies. */
    static final double OWN_MEDIAN_MILLIS = 35.4;

    private static final double OWN_INCIDENTS = 4;

    public Service {
        if (!(errorRate >= 0 && errorRate <= 1)) {
            throw new IllegalArgumentException("error rate " + errorRate + " (expected: 0..1)");
        }
        if (!(medianMillis > 0) || !(noise >= 0) || !(incidentsPerDay >= 0)) {
            throw new IllegalArgumentException("median " + medianMillis + " ms, noise " + noise + ", incidents "
                    + incidentsPerDay + " (expected: above 0, 0 or more, 0 or more)");
        }
    }

    /** The service that a scenario befalls if nothing else is said. */
    public static Service of(Scenario scenario) {
        return new Service(scenario.baseErrors(), OWN_MEDIAN_MILLIS, 1, OWN_INCIDENTS);
    }

    double latencyFactor() {
        return medianMillis / OWN_MEDIAN_MILLIS;
    }
}
