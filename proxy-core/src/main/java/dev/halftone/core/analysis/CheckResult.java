package dev.halftone.core.analysis;

/**
 * One check's answer after a slice, with the numbers that led to it.
 *
 * @param check the check's name
 * @param value the metric now, in its unit; NaN if there is none
 * @param limit what it was held against; NaN if there is none yet
 * @param samples requests (or points, for a series) behind the value
 * @param why one plain sentence with the numbers
 */
public record CheckResult(
        String check,
        Metric metric,
        String detector,
        Verdict verdict,
        double value,
        double limit,
        long samples,
        String why) {

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
