package dev.halftone.core.experiment;

/** The logarithm of the gamma function, to twelve digits or more. */
final class LogGamma {
    private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
    private static final double SERIES_BEGINS = 12;

    private LogGamma() {}

    /**
     * By Stirling's series, to which smaller arguments are raised by the recurrence.
     *
     * @param x above 0
     */
    static double of(double x) {
        double at = x;
        double product = 1;
        while (at < SERIES_BEGINS) {
            product *= at;
            at++;
        }
        double inverse = 1 / (at * at);
        double series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))) / at;
        return (at - 0.5) * Math.log(at) - at + HALF_LOG_TWO_PI + series - Math.log(product);
    }
}
