package dev.halftone.core.analysis;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.LatencyPast;

/**
 * Has the canary become slower as a whole? The latencies of a slice are cut at five quantiles of stable's own past, and asked one
 * cut after the other from above: of the requests not above the cut before, how many are above this one. Given the answers
 * before, each is a two-by-two table as in {@link OddsQuestion}, so the likelihood ratios multiply. How large an odds ratio a
 * slowdown by 20 % would make at each cut is read from the shape of stable's past, and so is how large a tolerated slowdown makes
 * it. That uses nearly all that the ranks tell, where the median alone uses two thirds.
 */
final class ShiftQuestion {
    private static final double[] ALTERNATIVES = {1.08, 1.15, 1.3, 1.6, 2.5, 5};
    private static final double[] SHARES_ABOVE = {0.01, 0.1, 0.25, 0.5, 0.75};
    private static final int MEDIAN = 3;
    /** The alternative by whose weights the scatter of all cuts together is measured. */
    private static final int MEASURED = 2;

    private static final double MOST_ODDS = 100;
    private static final double RAREST = 1e-4;

    private final Strand strand;
    private final double tolerance;
    private final double[] logLikelihood = new double[ALTERNATIVES.length];

    /** @param tolerance slowdown that is well, as a share */
    ShiftQuestion(Strand strand, double tolerance) {
        this.strand = strand;
        this.tolerance = tolerance;
    }

    static int alternatives() {
        return ALTERNATIVES.length;
    }

    Strand strand() {
        return strand;
    }

    void take(
            double seconds, double spent, double weight, LatencyCounts canary, LatencyCounts stable, LatencyPast past) {
        java.util.Arrays.fill(logLikelihood, 0);
        double gamma = weight / strand.dispersion().factor();
        long canaryLeft = canary.count();
        long stableLeft = stable.count();
        double residual = 0;
        double variance = 0;
        int before = Integer.MAX_VALUE;
        for (int cut = 0; cut < SHARES_ABOVE.length && canaryLeft > 0 && stableLeft > 0; cut++) {
            int bin = past.binAbove(SHARES_ABOVE[cut]);
            if (bin >= before) {
                continue;
            }
            long canaryHits = LatencyPast.countAbove(canary, bin) - (canary.count() - canaryLeft);
            long stableHits = LatencyPast.countAbove(stable, bin) - (stable.count() - stableLeft);
            long events = canaryHits + stableHits;
            if (cut == MEDIAN) {
                long hits = canary.count() - canaryLeft + canaryHits;
                strand.count(seconds, canary.count(), hits, stable.count(), stable.count() - stableLeft + stableHits);
            }
            if (events > 0 && events < canaryLeft + stableLeft) {
                double tolerated = odds(past, bin, before, 1 + tolerance);
                double base = FisherOdds.logSum(canaryLeft, stableLeft, events, tolerated);
                for (int i = 0; i < ALTERNATIVES.length; i++) {
                    double odds = Math.max(tolerated, odds(past, bin, before, ALTERNATIVES[i] * (1 + tolerance)));
                    if (i == MEASURED) {
                        double slope = Math.log(odds / tolerated);
                        double mean = FisherOdds.meanIfAlike(canaryLeft, stableLeft, events);
                        residual += slope * (canaryHits - mean);
                        variance += slope * slope * FisherOdds.varianceIfAlike(canaryLeft, stableLeft, events);
                    }
                    if (odds > tolerated) {
                        logLikelihood[i] += canaryHits * Math.log(odds / tolerated)
                                + base
                                - FisherOdds.logSum(canaryLeft, stableLeft, events, odds);
                    }
                }
            }
            canaryLeft -= canaryHits;
            stableLeft -= stableHits;
            before = bin;
        }
        strand.dispersion().add(residual, variance, seconds);
        strand.update(spent, logLikelihood, gamma);
    }

    /** The odds ratio at this cut, among what is not above the cut before, if all were slower by this factor. */
    private static double odds(LatencyPast past, int bin, int before, double factor) {
        double now = conditional(past, bin, before, 1);
        double slower = conditional(past, bin, before, factor);
        return Math.max(1, Math.min(MOST_ODDS, slower / (1 - slower) * (1 - now) / now));
    }

    private static double conditional(LatencyPast past, int bin, int before, double factor) {
        double aboveBefore = before == Integer.MAX_VALUE ? 0 : past.shareAbove(before, factor);
        double share = aboveBefore >= 1 ? 1 : (past.shareAbove(bin, factor) - aboveBefore) / (1 - aboveBefore);
        return Math.max(RAREST, Math.min(1 - RAREST, share));
    }
}
