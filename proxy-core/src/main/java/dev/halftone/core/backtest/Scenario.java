package dev.halftone.core.backtest;

/** What befalls a generated release from its onset on. */
public enum Scenario {
    NO_CHANGE("none", false),
    ERRORS_TENTH_TO_HALF("errors0.1to0.5", true),
    ERRORS_ONE_TO_THREE("errors1to3", true),
    ERRORS_THIRD("errors30", true),
    ERRORS_LEAK("errorsLeak", true),
    TOTAL_FAILURE("totalFailure", true),
    MEDIAN_10("median10", true),
    MEDIAN_20("median20", true),
    MEDIAN_50("median50", true),
    P99_ONLY("p99", true),
    BIMODAL("bimodal", true),
    DRIFT("drift", true),
    CLICKS_DOWN_30("clicksDown30", true),
    ATTACKER("attacker", false),
    BAD_USER("badUser", false),
    SHARED_INCIDENT("sharedIncident", false),
    RAMP_IN_INCIDENT("rampInIncident", false),
    ATTACKER_AND_MEDIAN_20("attackerAndMedian20", true),
    ATTACKER_AND_MEDIAN_50("attackerAndMedian50", true);

    private final String label;
    private final boolean bad;

    Scenario(String label, boolean bad) {
        this.label = label;
        this.bad = bad;
    }

    public String label() {
        return label;
    }

    /** Whether the release should be rolled back. */
    public boolean isBad() {
        return bad;
    }

    boolean hasAttacker() {
        return this == ATTACKER || this == ATTACKER_AND_MEDIAN_20 || this == ATTACKER_AND_MEDIAN_50;
    }

    /** Factor on every latency of the canary. */
    double slowdown(double secondsSinceOnset) {
        return switch (this) {
            case MEDIAN_10 -> 1.1;
            case MEDIAN_20, ATTACKER_AND_MEDIAN_20 -> 1.2;
            case MEDIAN_50, ATTACKER_AND_MEDIAN_50 -> 1.5;
            case DRIFT -> 1 + 0.5 * Math.min(1, secondsSinceOnset / 2400);
            default -> 1;
        };
    }

    /** Share of the canary's requests that fails on top of what fails anyway. */
    double moreErrors(double secondsSinceOnset) {
        return switch (this) {
            case ERRORS_TENTH_TO_HALF -> 0.004;
            case ERRORS_ONE_TO_THREE -> 0.02;
            case ERRORS_THIRD -> secondsSinceOnset < 120 ? 0.3 : 0;
            case ERRORS_LEAK -> Math.min(0.02, 0.02 * secondsSinceOnset / 1800);
            case TOTAL_FAILURE -> 1;
            default -> 0;
        };
    }

    double baseErrors() {
        return this == ERRORS_ONE_TO_THREE ? 0.01 : 0.001;
    }
}
