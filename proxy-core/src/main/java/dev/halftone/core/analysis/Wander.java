package dev.halftone.core.analysis;

/**
 * How far a canary's latency strays from stable's for half a minute and comes back, with nothing wrong: the machines of a version share
 * moods that the other's do not have. Taken as an autoregressive walk of the log slowdown around a mean, and followed by a filter
 * (Kalman 1960) for each mean that is asked about. So what is tolerated now is the tolerated mean and how far the canary has strayed
 * already, and an alternative is held against that: a canary that is a tenth slower for twenty seconds has told little.
 *
 * <p>All that it says of a slice it knows before that slice. One thread.
 */
final class Wander {
    private static final double MEMORY_SECONDS = 25;
    /** Nobody strays further up than this many standard deviations, whatever the filter makes of it. */
    private static final double MOST_SIZES = 2.5;
    /** So many times as far as usual versions stray in an incident of both. */
    private static final double IN_UNREST = 1.5;
    /** A log slowdown as one slice shows it is cut to this range, as it is a linear estimate. */
    private static final double LOWEST = -0.7;

    private static final double HIGHEST = 1.5;

    private final double[] means;
    private final double[] strayed;
    private double tolerated;
    private final WanderSize size = new WanderSize(MEMORY_SECONDS);
    private double variance = size.squared();
    private boolean unrest;

    /** @param alternatives log slowdowns on top of what is tolerated; they are the means 1, 2 and so on, and that is mean 0 */
    Wander(double[] alternatives) {
        means = new double[alternatives.length + 1];
        System.arraycopy(alternatives, 0, means, 1, alternatives.length);
        strayed = new double[means.length];
    }

    /** Says what log slowdown is tolerated from now on, at least 0. */
    void tolerate(double slowdown) {
        tolerated = slowdown;
    }

    /** Says whether there is an incident of both versions, or was one just now. */
    void unrest(boolean now) {
        unrest = now;
    }

    private double squaredSize() {
        return unrest ? IN_UNREST * IN_UNREST * size.squared() : size.squared();
    }

    /** The log slowdown that this mean foretells of the next slice; of mean 0 never less than what is tolerated. */
    double level(int mean) {
        return tolerated + means[mean] + strayed[mean];
    }

    /** How many times less a slice tells than its counts do, as some of what it shows may be a mood; at least 1. */
    double dilution(double precision) {
        return 1 + precision * variance;
    }

    /**
     * An alternative may have begun just now, from where the canary stood under what is tolerated.
     *
     * @param share of its evidence that begins now, 0..1
     */
    void begin(int mean, double share) {
        strayed[mean] += share * (strayed[0] - strayed[mean]);
    }

    /** Takes a slice that is not judged: only how large a walk is usual here is learnt from it. */
    void measure(double seconds, double slowdown, double precision) {
        size.add(seconds, cut(slowdown), precision);
        variance = squaredSize();
    }

    /**
     * Takes the next slice.
     *
     * @param slowdown the log slowdown it shows
     * @param precision of that, the reciprocal of its variance by chance; 0 where it shows nothing
     */
    void add(double seconds, double slowdown, double precision) {
        double gain = precision * variance / dilution(precision);
        double kept = Math.exp(-seconds / MEMORY_SECONDS);
        for (int i = 0; i < means.length; i++) {
            strayed[i] = (strayed[i] + gain * (cut(slowdown) - level(i))) * kept;
        }
        size.add(seconds, cut(slowdown), precision);
        variance = (1 - gain) * variance * kept * kept + squaredSize() * (1 - kept * kept);
        // Nobody is asked to be faster than is tolerated: the bound on false breaches rests on that.
        strayed[0] = Math.max(0, Math.min(MOST_SIZES * Math.sqrt(squaredSize()), strayed[0]));
    }

    private static double cut(double slowdown) {
        return Math.max(LOWEST, Math.min(HIGHEST, slowdown));
    }
}
