package dev.halftone.core.analysis;

import java.time.Duration;
import java.util.List;

/**
 * How one route's release is judged.
 *
 * @param interval how much time one point holds, whole seconds, 1 s..1 h
 * @param window how far back figures and thresholds look, at least one interval
 * @param minRequests requests of the canary below which a check answers insufficient
 */
public record AnalysisSpec(
        Duration interval, Duration window, int minRequests, OnBreach onBreach, List<CheckSpec> checks) {

    public AnalysisSpec {
        checks = List.copyOf(checks);
    }

    /** What a breach does. */
    public enum OnBreach {
        ROLLBACK("rollback"),
        PAUSE("pause"),
        ALERT("alert");

        private final String label;

        OnBreach(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
