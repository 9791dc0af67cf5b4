package dev.halftone.core.endpoint;

/** What health checks say of one endpoint. Healthy until the first check, which alone decides; then by thresholds. One thread. */
final class CheckHistory {
    private final int unhealthyThreshold;
    private final int healthyThreshold;
    private boolean healthy = true;
    private boolean first = true;
    private int against;

    CheckHistory(int unhealthyThreshold, int healthyThreshold) {
        this.unhealthyThreshold = unhealthyThreshold;
        this.healthyThreshold = healthyThreshold;
    }

    boolean isHealthy() {
        return healthy;
    }

    /** Takes the result of a check; returns whether the endpoint's health changed. */
    boolean add(boolean passed) {
        boolean decidesAlone = first;
        first = false;
        if (passed == healthy) {
            against = 0;
            return false;
        }
        against++;
        if (!decidesAlone && against < (healthy ? unhealthyThreshold : healthyThreshold)) {
            return false;
        }
        healthy = passed;
        against = 0;
        return true;
    }
}
