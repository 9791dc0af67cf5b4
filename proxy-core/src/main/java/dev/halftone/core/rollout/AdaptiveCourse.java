package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A ramp that goes as fast as the evidence so far pays for.
 *
 * <p>After {@code n} counted requests of the canary, {@code k} of them failed, let {@code u} be the worst share of failures beyond
 * stable's that is not ruled out: the upper end of Wilson's score interval (1927, one-sided, {@value #Z} standard deviations) of
 * {@code k} of {@code n}, less stable's share. A version that fails worse than that would have shown by now, so {@code u} is the
 * version that is <em>just bad enough to be caught</em>. Had it been that bad all along, and stayed that bad at ratio {@code r}
 * until the next look, {@code T} seconds from now, with {@code λ} requests a second on the route, then
 *
 * <pre>harm = u · (n + r · λ · T)</pre>
 *
 * users' requests would have failed for it. The ramp takes the highest {@code r} for which this stays within the budget:
 *
 * <pre>r = (budget / u − n) / (λ · T)</pre>
 *
 * While nothing fails, {@code u} falls like {@code 1/n}: each look pays for a multiple of the ratio before. Where {@code u} is no
 * more than what is tolerated, nothing that matters can be left, and any ratio is paid for; this also bounds how long a route with
 * many ordinary errors can stand still. {@code r} goes up by at most {@code factor} at a time, as tomorrow's traffic may not be
 * today's, and at most to {@code max}, where both versions still have users and can be compared; it never goes down.
 *
 * <p>From {@code max} the ramp goes on to everybody. There stable has no users left to compare with, and what was missed may stay
 * missed; so {@code T} is the whole watch for this step, and on a busy route {@code u} must fall to what is tolerated first. (Paid
 * for by one look alone, this step let three of four simulated releases with 0.4 % more errors through, which the comparison would
 * have caught at {@code max}.) The budget knows nothing of latency; so this step also waits while what the comparisons have seen
 * speaks against the canary (a {@link Evidence#doubt doubt} above 1), be it far from a breach. (Without that, 14 of 100 simulated
 * releases that were a fifth slower came to everybody before they were found, with it 3, and good ones lost no time.) After the watch
 * the release is promoted.
 *
 * <p>The budget is an expectation under one assumption, not a limit: what stops a bad version is the checks, and a step is taken
 * only while all of them are healthy.
 *
 * @param min the first ratio, above 0
 * @param max the highest ratio before everybody, below 100
 * @param factor by how much a step may raise the ratio at most, above 1
 * @param look least time between two steps
 * @param minRequests counted requests of the canary within a step, without which it is not left
 * @param harmBudget failed requests, above 0
 * @param tolerated share of failures beyond stable's that is well, 0..1
 * @param watch how long everybody is watched before promotion
 */
public record AdaptiveCourse(
        Ratio min,
        Ratio max,
        double factor,
        Duration look,
        long minRequests,
        double harmBudget,
        double tolerated,
        Duration watch)
        implements Course {
    /** Standard normal quantile of one per cent. */
    private static final double Z = 2.33;
    /** A rise of less than this is not worth a step. */
    private static final double LEAST_RISE = 1.2;
    /** Nothing seen is a doubt of 1; the rest is for rounding. */
    private static final double MOST_DOUBT = 1.001;

    public AdaptiveCourse {
        boolean orderly = min.compareTo(Ratio.NONE) > 0 && min.compareTo(max) <= 0 && max.compareTo(Ratio.ALL) < 0;
        if (!orderly || factor <= 1 || harmBudget <= 0 || look.isZero() || look.isNegative() || watch.isNegative()) {
            throw new IllegalArgumentException("min " + min + ", max " + max + ", factor " + factor + ", look " + look
                    + ", harm budget " + harmBudget + ", watch " + watch
                    + " (expected: 0 < min <= max < 100, a factor above 1, times and budget above 0)");
        }
    }

    /**
     * The ramp of a file that says {@code steps: auto} and no more.
     *
     * @param minRequests counted requests of the canary that each step needs
     */
    public static AdaptiveCourse standard(long minRequests) {
        return new AdaptiveCourse(
                new Ratio(100),
                new Ratio(5000),
                10,
                Duration.ofMinutes(1),
                minRequests,
                100,
                0.001,
                Duration.ofMinutes(10));
    }

    @Override
    public Move next(Progress at, Ratio inForce, Evidence seen, long nowMillis) {
        if (at.step() < 0) {
            return new Move.Enter(0, min, "the ramp begins");
        }
        boolean everybody = inForce.equals(Ratio.ALL);
        long endMillis = at.sinceMillis() + (everybody ? watch : look).toMillis();
        if (nowMillis < endMillis) {
            return new Move.Stay("holds " + inForce + " % until "
                    + Instant.ofEpochMilli(endMillis).truncatedTo(ChronoUnit.SECONDS));
        }
        if (seen.stepRequests() < minRequests) {
            return new Move.Stay(
                    "has " + seen.stepRequests() + " of " + minRequests + " canary requests at " + inForce + " %");
        }
        if (seen.verdict() != Verdict.HEALTHY) {
            return new Move.Stay("waits: " + seen.why());
        }
        return everybody
                ? new Move.Finish("everybody was watched for " + (nowMillis - at.sinceMillis()) / 1000 + " s")
                : rise(at, inForce, seen);
    }

    private Move rise(Progress at, Ratio inForce, Evidence seen) {
        boolean atMost = inForce.compareTo(max) >= 0;
        if (atMost && seen.doubt() > MOST_DOUBT) {
            return new Move.Stay("waits at " + inForce + " %: so far the comparisons speak rather against the canary");
        }
        double paid = paidFor(seen, atMost && watch.compareTo(look) > 0 ? watch : look);
        double worst = worstExcess(seen);
        String why = "an excess of up to " + percent(worst) + " % failures is not ruled out by "
                + seen.canary().requests() + " canary requests; the harm budget pays for "
                + (paid >= 100 ? "everybody" : percent(paid / 100) + " %");
        double wanted = atMost ? paid : Math.min(paid, inForce.hundredths() / 100.0 * factor);
        Ratio next = ratio(wanted);
        if (!atMost && next.compareTo(max) > 0) {
            next = max;
        }
        boolean worthIt = next.hundredths() >= inForce.hundredths() * LEAST_RISE
                || (next.compareTo(inForce) > 0 && (next.equals(max) || next.equals(Ratio.ALL)));
        if (!worthIt || (atMost && !next.equals(Ratio.ALL))) {
            return new Move.Stay("waits at " + inForce + " %: " + why);
        }
        return new Move.Enter(at.step() + 1, next, why);
    }

    private static String percent(double share) {
        double value = Math.round(share * 1e6) / 1e4;
        return java.math.BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static Ratio ratio(double percent) {
        return new Ratio((int) Math.min(Ratio.ALL.hundredths(), Math.floor(percent * 100)));
    }

    /** The highest ratio within the budget over so much time, in percent, 0 or more; may be far above 100. */
    double paidFor(Evidence seen, Duration time) {
        double worst = worstExcess(seen);
        if (worst <= tolerated) {
            return Double.POSITIVE_INFINITY;
        }
        double left = harmBudget / worst - seen.canary().requests();
        double exposed = seen.requestsPerSecond() * time.toMillis() / 1000;
        return left <= 0 ? 0 : exposed <= 0 ? Double.POSITIVE_INFINITY : 100 * left / exposed;
    }

    /** The worst share of failures beyond stable's that is not ruled out, 0..1. */
    double worstExcess(Evidence seen) {
        double n = seen.canary().requests();
        double share = seen.canary().share();
        double spread = Z * Math.sqrt(n == 0 ? 0 : share * (1 - share) / n + Z * Z / (4 * n * n));
        double upper = n == 0 ? 1 : (share + Z * Z / (2 * n) + spread) / (1 + Z * Z / n);
        return Math.max(0, Math.min(1, upper) - seen.stable().share());
    }

    @Override
    public int size() {
        return 0;
    }

    @Override
    public int placeOf(Ratio inForce) {
        return inForce.compareTo(min) < 0 ? -1 : 0;
    }

    @Override
    public Ratio ratioAt(int place, Ratio inForce) {
        return inForce;
    }

    @Override
    public String words() {
        return "auto from " + min + " to " + max + " % by at most " + factor + " each " + look + " and " + minRequests
                + " requests, harm budget " + harmBudget + ", tolerated " + tolerated + ", watch " + watch;
    }
}
