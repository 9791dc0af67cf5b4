package dev.halftone.core.rollout;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.experiment.Finding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known when a plan is looked at. Counts are of counted requests: each user's first few.
 *
 * @param verdict of all checks: breach if one is, healthy if all are (or there are none), else insufficient
 * @param why what stands in the way; empty if nothing does
 * @param stepRequests of the canary since the step in force was entered
 * @param canary since the release began, or this process
 * @param stable over the same time
 * @param requestsPerSecond of both versions together, all requests, over the last minute or so
 * @param doubt what the comparisons say against the canary, see {@link CheckResult#doubt}; 0 without comparisons
 * @param finding of the A/B test, or null where none runs
 */
public record Evidence(
        Verdict verdict,
        String why,
        long stepRequests,
        Tally canary,
        Tally stable,
        double requestsPerSecond,
        double doubt,
        @Nullable Finding finding) {
    /** Where no A/B test runs and nothing is compared. */
    public Evidence(
            Verdict verdict, String why, long stepRequests, Tally canary, Tally stable, double requestsPerSecond) {
        this(verdict, why, stepRequests, canary, stable, requestsPerSecond, 0, null);
    }

    public Evidence withFinding(@Nullable Finding found) {
        return new Evidence(verdict, why, stepRequests, canary, stable, requestsPerSecond, doubt, found);
    }

    public Evidence withDoubt(double found) {
        return new Evidence(verdict, why, stepRequests, canary, stable, requestsPerSecond, found, finding);
    }

    /** Nothing was seen yet. */
    public static final Evidence NONE =
            new Evidence(Verdict.INSUFFICIENT, "nothing was counted yet", 0, Tally.NONE, Tally.NONE, 0);

    /** Requests and how many of them failed. */
    public record Tally(long requests, long errors) {
        public static final Tally NONE = new Tally(0, 0);

        public Tally plus(long moreRequests, long moreErrors) {
            return new Tally(requests + moreRequests, errors + moreErrors);
        }

        /** 0 without requests. */
        double share() {
            return requests == 0 ? 0 : (double) errors / requests;
        }
    }

    public static Evidence of(
            List<CheckResult> checks, long stepRequests, Tally canary, Tally stable, double requestsPerSecond) {
        CheckResult worst = null;
        double doubt = 0;
        for (CheckResult check : checks) {
            if (worst == null || check.verdict().number() > worst.verdict().number()) {
                worst = check;
            }
            doubt = Math.max(doubt, check.doubt());
        }
        boolean fine = worst == null || worst.verdict() == Verdict.HEALTHY;
        Verdict verdict = worst == null ? Verdict.HEALTHY : worst.verdict();
        String why = fine || worst == null
                ? ""
                : "check " + worst.check() + " is " + worst.verdict().label() + ": " + worst.why();
        return new Evidence(verdict, why, stepRequests, canary, stable, requestsPerSecond).withDoubt(doubt);
    }
}
