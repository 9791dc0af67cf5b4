package dev.halftone.core.experiment;

import java.util.List;

/**
 * Whether users come to the variants in the shares that they were drawn with: the sequential multinomial test of Lindon and Malek
 * ("Anytime-valid inference for multinomial count data", NeurIPS 2022). The evidence against the shares {@code p} after counts
 * {@code n} is the Dirichlet-multinomial marginal likelihood over that of {@code p},
 *
 * <pre>E = Γ(κ) / Γ(κ+N) · Π Γ(κ·p_i + n_i) / Γ(κ·p_i) / Π p_i^n_i</pre>
 *
 * a martingale of mean 1 while the shares are right. So by Ville's inequality the chance that it <em>ever</em> reaches {@code 1/a}
 * is at most {@code a}, however often one looks; this is exact. κ = {@value #CONCENTRATION} puts the weight on shares that are off by
 * some per cent, where faults lie that one does not see with the naked eye. Stateless, any thread.
 */
final class SampleRatio {
    private static final double CONCENTRATION = 1000;

    private SampleRatio() {}

    /**
     * @param counts users of each variant, each counted once
     * @param shares of the variants, above 0, of which the sum is 1
     * @return the natural logarithm of the evidence that the shares are others; may be far below 0
     */
    static double logEvidence(long[] counts, List<Double> shares) {
        double log = LogGamma.of(CONCENTRATION);
        long all = 0;
        for (int i = 0; i < counts.length; i++) {
            double share = shares.get(i);
            double weight = CONCENTRATION * share;
            log += LogGamma.of(weight + counts[i]) - LogGamma.of(weight) - counts[i] * Math.log(share);
            all += counts[i];
        }
        return log - LogGamma.of(CONCENTRATION + all);
    }
}
