package dev.halftone.core.analysis;

import java.util.Arrays;

/**
 * One question to the two versions, with the evidence that the canary's answer is worse: a weighted mean of Shiryaev-Roberts
 * statistics, one for each alternative. One thread.
 */
final class Strand {
    /**
     * The most that one slice of latencies may say, in natural logarithms: odds of 4.5. A machine's pause makes one or two very telling
     * seconds, and two of them shall not be enough.
     */
    static final double MOST_OF_LATENCIES = 1.5;

    private static final double MOST = Math.log(1e6);

    private final double share;
    private final double[] weights;
    private final double[] logEvidence;
    private final Dispersion dispersion;
    private final double mostOfASlice;
    private double now;
    private Since since = new Since();

    /** What was counted since the evidence was last at nothing. */
    static final class Since {
        private double seconds;
        private long canary;
        private long canaryHits;
        private long stable;
        private long stableHits;

        double seconds() {
            return seconds;
        }

        long canary() {
            return canary;
        }

        long canaryHits() {
            return canaryHits;
        }

        long stable() {
            return stable;
        }

        long stableHits() {
            return stableHits;
        }

        double canaryShare() {
            return canary == 0 ? Double.NaN : (double) canaryHits / canary;
        }

        double stableShare() {
            return stable == 0 ? Double.NaN : (double) stableHits / stable;
        }
    }

    /**
     * @param share of the route's chance of a false breach, 0..1
     * @param alternatives how many, all of the same weight
     * @param mostOfASlice that one slice may say for an alternative, in natural logarithms
     */
    Strand(double share, int alternatives, Dispersion dispersion, double mostOfASlice) {
        this(share, even(alternatives), dispersion, mostOfASlice);
    }

    /** A slice may say as much as it does. */
    Strand(double share, double[] weights, Dispersion dispersion) {
        this(share, weights, dispersion, Double.POSITIVE_INFINITY);
    }

    /**
     * @param share of the route's chance of a false breach, 0..1
     * @param weights of the alternatives, above 0; only their proportions count
     * @param mostOfASlice that one slice may say for an alternative, in natural logarithms
     */
    Strand(double share, double[] weights, Dispersion dispersion, double mostOfASlice) {
        this.share = share;
        this.dispersion = dispersion;
        this.mostOfASlice = mostOfASlice;
        double sum = Arrays.stream(weights).sum();
        this.weights = Arrays.stream(weights).map(weight -> weight / sum).toArray();
        logEvidence = new double[weights.length];
        Arrays.fill(logEvidence, Math.log(SpendingPlan.AT_ONCE));
        now = SpendingPlan.AT_ONCE * share;
    }

    private static double[] even(int alternatives) {
        double[] weights = new double[alternatives];
        Arrays.fill(weights, 1);
        return weights;
    }

    int alternatives() {
        return logEvidence.length;
    }

    /**
     * {@code R ← (R + spent)·L^γ} for each alternative, or less where a slice may not say so much.
     *
     * @param logLikelihood log likelihood ratios of this slice
     * @param gamma 0..1, known before this slice
     */
    void update(double spent, double[] logLikelihood, double gamma) {
        double sum = 0;
        for (int i = 0; i < logEvidence.length; i++) {
            double log = Math.log(Math.exp(logEvidence[i]) + spent) + Math.min(mostOfASlice, gamma * logLikelihood[i]);
            logEvidence[i] = Math.min(log, MOST);
            sum += weights[i] * Math.exp(logEvidence[i]);
        }
        now = share * sum;
    }

    /** The share of an alternative's evidence that would begin with this slice; 0..1. */
    double beginning(int alternative, double spent) {
        return spent / (Math.exp(logEvidence[alternative]) + spent);
    }

    /** Nothing was there to judge. */
    void pass(double spent) {
        double sum = 0;
        for (int i = 0; i < logEvidence.length; i++) {
            double evidence = Math.exp(logEvidence[i]) + spent;
            logEvidence[i] = Math.log(evidence);
            sum += weights[i] * evidence;
        }
        now = share * sum;
    }

    void count(double seconds, long canary, long canaryHits, long stable, long stableHits) {
        if (now <= share) {
            since = new Since();
        }
        since.seconds += seconds;
        since.canary += canary;
        since.canaryHits += canaryHits;
        since.stable += stable;
        since.stableHits += stableHits;
    }

    Dispersion dispersion() {
        return dispersion;
    }

    Since since() {
        return since;
    }

    /** Of the route's chance of a false breach. */
    double share() {
        return share;
    }

    /** This strand's part of the joint evidence. */
    double evidence() {
        return now;
    }
}
