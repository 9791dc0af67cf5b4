package dev.halftone.core.analysis;

import org.jspecify.annotations.Nullable;

/**
 * One check's answer after a slice, with the numbers that led to it.
 *
 * @param check the check's name
 * @param custom the custom metric's name where the metric is {@link Metric#CUSTOM}, else null
 * @param value the metric now, in its unit; NaN if there is none
 * @param limit what it was held against; NaN if there is none yet
 * @param samples requests (or points, for a series) behind the value
 * @param why one plain sentence with the numbers
 * @param doubt the joint evidence of all comparisons against the canary, as a multiple of what it would be had nothing been seen: below
 *     1 what was seen speaks for the canary, above it against it; 0 for checks that do not compare
 */
public record CheckResult(
        String check,
        Metric metric,
        @Nullable String custom,
        String detector,
        Verdict verdict,
        double value,
        double limit,
        long samples,
        String why,
        double doubt) {

    public CheckResult(
            String check,
            Metric metric,
            String detector,
            Verdict verdict,
            double value,
            double limit,
            long samples,
            String why) {
        this(check, metric, null, detector, verdict, value, limit, samples, why, 0);
    }

    /** As in the configuration: {@code errorRate}, {@code custom:click}. */
    public String metricLabel() {
        return custom == null ? metric.label() : metric.label() + ":" + custom;
    }

    /** Numbers are those of {@code halftone_check_verdict}. */
    public enum Verdict {
        HEALTHY("healthy", 0),
        INSUFFICIENT("insufficient", 1),
        BREACH("breach", 2);

        private final String label;
        private final int number;

        Verdict(String label, int number) {
            this.label = label;
            this.number = number;
        }

        public String label() {
            return label;
        }

        public int number() {
            return number;
        }
    }
}
