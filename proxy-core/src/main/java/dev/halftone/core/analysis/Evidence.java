package dev.halftone.core.analysis;

/** Confidence bounds that say whether a share lies beyond a limit for sure, or only by chance. */
final class Evidence {
    /**
     * Standard normal quantile: one look is wrong once in 185 000. With a window of 60 s at one look a second this keeps
     * false breaches of a share that stands exactly at its limit to a few in a day, and of one at half of it to none.
     */
    static final double Z = 4.4;

    private Evidence() {}

    /** Lower bound of a share by Wilson's score interval (1927), one-sided; 0 without samples. */
    static double lowerBound(long hits, long samples, double z) {
        return samples == 0 ? 0 : Math.max(0, centre(hits, samples, z) - margin(hits, samples, z));
    }

    /** Upper bound of a share, likewise; 1 without samples. */
    static double upperBound(long hits, long samples, double z) {
        return samples == 0 ? 1 : Math.min(1, centre(hits, samples, z) + margin(hits, samples, z));
    }

    private static double centre(long hits, long samples, double z) {
        return (hits + z * z / 2) / (samples + z * z);
    }

    private static double margin(long hits, long samples, double z) {
        double share = (double) hits / samples;
        return z / (1 + z * z / samples) * Math.sqrt(share * (1 - share) / samples + z * z / (4.0 * samples * samples));
    }
}
