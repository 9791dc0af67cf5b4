package dev.halftone.core.analysis;

import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.LatencyPast;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Has the canary become slower as a whole? The latencies of a slice are cut at five quantiles of stable's own past, and asked one
 * cut after the other from above: of the requests not above the cut before, how many are above this one. Given the answers
 * before, each is a two-by-two table as in {@link OddsQuestion}, so the likelihood ratios multiply. How large an odds ratio a
 * slowdown by 20 % would make at each cut is read from the shape of stable's past, and so is how large a tolerated slowdown makes
 * it. That uses nearly all that the ranks tell, where the median alone uses two thirds. How much slower is tolerated in a slice, and
 * how much slower each alternative makes it, is the {@link Wander}'s to say.
 */
final class ShiftQuestion {
    static final double TOLERANCE = 0.01;
    /** What is tolerated besides with one user; with more it falls as how far their mean is from all users'. */
    private static final double TOLERANCE_OF_ONE_USER = 0.3;

    private static final double[] ALTERNATIVES = {1.08, 1.15, 1.3, 1.6, 2.5, 5};
    // Small slowdowns need the evidence; large ones have it soon.
    private static final double[] WEIGHTS = {9, 9, 4, 1, 1, 1};
    private static final double[] SHARES_ABOVE = {0.01, 0.1, 0.25, 0.5, 0.75};
    private static final int MEDIAN = 3;
    /** The slowdown by whose odds at each cut all cuts together tell how much slower a slice is. */
    private static final double MEASURED = 1.3;

    private static final double MOST_ODDS = 100;
    private static final double RAREST = 1e-4;

    private final Strand strand;
    private final @Nullable Double given;
    private double tolerance = TOLERANCE;
    private final Wander wander;
    private final double[] logLikelihood = new double[ALTERNATIVES.length];
    private final double[] factors = new double[ALTERNATIVES.length];
    private final Table[] tables = new Table[SHARES_ABOVE.length];
    private int cuts;
    /** Of the slice cut last: what its tables show beyond both versions being alike, and the variance of that by chance. */
    private double residual;

    private double variance;

    /** One cut: of those not above the cut before, how many of each version, and how many are above this one. */
    private static final class Table {
        private int bin;
        private int before;
        private long canary;
        private long stable;
        private long canaryHits;
        private long events;
        /** What one more of the canary's above this cut says of a slowdown. */
        private double slope;
        /** The odds ratio that the tolerance makes here. */
        private double tolerated;

        double meanIfAlike() {
            return FisherOdds.meanIfAlike(canary, stable, events);
        }

        double varianceIfAlike() {
            return FisherOdds.varianceIfAlike(canary, stable, events);
        }
    }

    /**
     * @param share of the route's chance of a false breach, 0..1
     * @param tolerance slowdown that is well, as a share; null for the default, {@value #TOLERANCE} and more while the users are few
     */
    ShiftQuestion(double share, @Nullable Double tolerance) {
        strand = new Strand(share, WEIGHTS, new Dispersion(1.3, 30, 5), Strand.MOST_OF_LATENCIES);
        given = tolerance;
        wander = new Wander(Arrays.stream(ALTERNATIVES).map(Math::log).toArray());
        Arrays.setAll(tables, i -> new Table());
        know(1);
    }

    Strand strand() {
        return strand;
    }

    /**
     * Says how many users the canary has had, before the next slice. The hash draws them, and a few may be slower ones than all are.
     */
    void know(long users) {
        tolerance =
                given == null ? TOLERANCE + TOLERANCE_OF_ONE_USER / Math.sqrt(Math.max(1.0, (double) users)) : given;
        wander.tolerate(Math.log1p(tolerance));
    }

    /** Says before the next slice whether there is an incident of both versions, or was one just now. */
    void unrest(boolean now) {
        wander.unrest(now);
    }

    /** Takes a slice that is not judged, which tells what is usual. */
    void measure(double seconds, LatencyCounts canary, LatencyCounts stable, LatencyPast past) {
        cut(canary, stable, past);
        wander.measure(seconds, slowdown(), precision() / strand.dispersion().factor());
    }

    void take(
            double seconds, double spent, double weight, LatencyCounts canary, LatencyCounts stable, LatencyPast past) {
        cut(canary, stable, past);
        count(seconds, canary, stable, past);
        double tolerated = Math.exp(wander.level(0));
        for (int i = 0; i < ALTERNATIVES.length; i++) {
            wander.begin(i + 1, strand.beginning(i, spent));
            factors[i] = Math.exp(wander.level(i + 1));
        }
        Arrays.fill(logLikelihood, 0);
        double expected = 0;
        for (int cut = 0; cut < cuts; cut++) {
            expected += compare(tables[cut], past, tolerated);
        }
        double gamma = weight / strand.dispersion().factor();
        double precision = gamma * precision();
        double dilution = wander.dilution(precision);
        strand.update(spent, logLikelihood, gamma / dilution);
        strand.dispersion().add(residual - expected, variance * dilution, seconds);
        wander.add(seconds, slowdown(), precision);
    }

    /** Adds one table to the likelihoods; what the residual is expected to be there under what is tolerated. */
    private double compare(Table table, LatencyPast past, double tolerated) {
        // Never less than the tolerance itself, however far above it the walk is: the bound on false breaches rests on
        // that.
        double odds = Math.max(table.tolerated, odds(past, table.bin, table.before, tolerated));
        double base = FisherOdds.logSum(table.canary, table.stable, table.events, odds);
        for (int i = 0; i < ALTERNATIVES.length; i++) {
            double alternative = odds(past, table.bin, table.before, factors[i]);
            if (alternative > odds) {
                logLikelihood[i] += table.canaryHits * Math.log(alternative / odds)
                        + base
                        - FisherOdds.logSum(table.canary, table.stable, table.events, alternative);
            }
        }
        return table.slope * table.varianceIfAlike() * Math.log(odds);
    }

    /** The log slowdown that the slice shows, to a first order. */
    private double slowdown() {
        return variance == 0 ? 0 : residual / variance * Math.log(MEASURED);
    }

    private double precision() {
        return variance / (Math.log(MEASURED) * Math.log(MEASURED));
    }

    private void cut(LatencyCounts canary, LatencyCounts stable, LatencyPast past) {
        cuts = 0;
        residual = 0;
        variance = 0;
        long canaryLeft = canary.count();
        long stableLeft = stable.count();
        int before = Integer.MAX_VALUE;
        for (int cut = 0; cut < SHARES_ABOVE.length && canaryLeft > 0 && stableLeft > 0; cut++) {
            int bin = past.binAbove(SHARES_ABOVE[cut]);
            if (bin >= before) {
                continue;
            }
            long canaryHits = LatencyPast.countAbove(canary, bin) - (canary.count() - canaryLeft);
            long stableHits = LatencyPast.countAbove(stable, bin) - (stable.count() - stableLeft);
            long events = canaryHits + stableHits;
            if (events > 0 && events < canaryLeft + stableLeft) {
                Table table = tables[cuts++];
                table.bin = bin;
                table.before = before;
                table.canary = canaryLeft;
                table.stable = stableLeft;
                table.canaryHits = canaryHits;
                table.events = events;
                table.slope = Math.log(
                        odds(past, bin, before, MEASURED * (1 + tolerance)) / odds(past, bin, before, 1 + tolerance));
                residual += table.slope * (canaryHits - table.meanIfAlike());
                variance += table.slope * table.slope * table.varianceIfAlike();
            }
            canaryLeft -= canaryHits;
            stableLeft -= stableHits;
            before = bin;
        }
    }

    /** For what is said: how many of each version are slower than stable's median. */
    private void count(double seconds, LatencyCounts canary, LatencyCounts stable, LatencyPast past) {
        int bin = past.binAbove(SHARES_ABOVE[MEDIAN]);
        strand.count(
                seconds,
                canary.count(),
                LatencyPast.countAbove(canary, bin),
                stable.count(),
                LatencyPast.countAbove(stable, bin));
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
