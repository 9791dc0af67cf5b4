package dev.halftone.core.experiment;

/**
 * How wide an interval around an estimate must be to hold at every moment of a test at once: the normal mixture of Robbins ("Statistical
 * methods related to the law of the iterated logarithm", 1970), as an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha,
 * Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", 2021; Howard, Ramdas, McAuliffe and
 * Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021).
 *
 * <p>With information {@code I}, the inverse of the estimate's variance, and a normal mixture of true values with standard
 * deviation τ around each candidate, so {@code ρ = 1/τ²},
 *
 * <pre>half width = sqrt((I + ρ) · (2·ln(1/α) + ln((I + ρ)/ρ))) / I</pre>
 *
 * <p>Where the estimate is approximately normal with increments that are independent in information, the chance that the truth is
 * ever outside, over all looks together, is approximately at most α. τ moves width between early and late and touches nothing of
 * this. Stateless, any thread.
 */
final class ConfidenceSequence {
    /** Narrowest where lifts of some per cent to some tens are decided. */
    static final double TAU = 0.1;

    private ConfidenceSequence() {}

    /**
     * @param variance of the estimate, above 0
     * @param alpha chance that the truth is ever outside, 0..1
     */
    static double halfWidth(double variance, double alpha) {
        double information = 1 / variance;
        double rho = 1 / (TAU * TAU);
        double sum = information + rho;
        return Math.sqrt(sum * (-2 * Math.log(alpha) + Math.log(sum / rho))) / information;
    }
}
