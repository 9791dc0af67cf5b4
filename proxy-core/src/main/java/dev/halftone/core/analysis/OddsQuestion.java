package dev.halftone.core.analysis;

/**
 * Do events befall the canary more often than they befall stable in the same second? One two-by-two table for each slice, judged
 * by {@link FisherOdds}: load, ramps and incidents of both cancel, as only the split of the events counts.
 *
 * <p>For an alternative θ and tolerated odds τ the likelihood ratio is {@code θ^X·Z(τ)/Z(τθ)}; its mean is at most 1 as long as the
 * canary's odds are at most τ times stable's. For events that are bad when they stay away, θ and τ lie below 1.
 */
final class OddsQuestion {
    private final Strand strand;
    private final double tolerated;
    private final double[] alternatives;
    private final double[] logLikelihood;
    private final double tolerableShare;

    /**
     * @param tolerated odds ratio that is still well
     * @param alternatives odds ratios on top of it
     * @param tolerableShare of events more than stable has, of all requests, that is well whatever the ratio
     */
    OddsQuestion(Strand strand, double tolerated, double[] alternatives, double tolerableShare) {
        this.strand = strand;
        this.tolerated = tolerated;
        this.alternatives = alternatives.clone();
        this.logLikelihood = new double[alternatives.length];
        this.tolerableShare = tolerableShare;
    }

    Strand strand() {
        return strand;
    }

    double tolerated() {
        return tolerated;
    }

    /**
     * @param weight what the slice weighs, above 0 and at most 1
     * @param spent of the chance of a false breach, in this slice
     */
    void take(double seconds, double spent, double weight, long canary, long canaryHits, long stable, long stableHits) {
        long hits = Math.min(canaryHits, canary);
        long events = hits + Math.min(stableHits, stable);
        boolean tells = canary > 0 && stable > 0 && events > 0 && events < canary + stable;
        double gamma = weight / strand.dispersion().factor();
        if (tells) {
            double mean = FisherOdds.meanIfAlike(canary, stable, events);
            strand.dispersion().add(hits - mean, FisherOdds.varianceIfAlike(canary, stable, events), seconds);
            double base = FisherOdds.logSum(canary, stable, events, tolerated);
            for (int i = 0; i < alternatives.length; i++) {
                double odds = tolerated * alternatives[i];
                logLikelihood[i] = hits * Math.log(alternatives[i])
                        + base
                        - FisherOdds.logSum(canary, stable, events, odds)
                        - allowance(canary, stable, alternatives[i]);
            }
        } else {
            strand.dispersion().add(0, 0, seconds);
            for (int i = 0; i < alternatives.length; i++) {
                logLikelihood[i] = canary > 0 && stable > 0 ? -allowance(canary, stable, alternatives[i]) : 0;
            }
        }
        strand.update(spent, logLikelihood, gamma);
        strand.count(seconds, canary, hits, stable, events - hits);
    }

    private double allowance(long canary, long stable, double alternative) {
        if (tolerableShare == 0) {
            return 0;
        }
        double share = (double) canary / (canary + stable);
        double excess = alternative * (1 - share + share * tolerated) / (1 - share + share * tolerated * alternative);
        return tolerableShare * canary * Math.max(0, excess - 1);
    }
}
