package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;
import dev.halftone.core.window.RouteSlice;

/**
 * How many requests a release has harmed: the canary's errors beyond those that stable's share of the same slices would have
 * given, kept at nothing or more. Where stable has no requests all errors count. All analysed requests count, not only each user's
 * first: harm is harm. One thread.
 */
final class HarmBudget {
    private final long budget;
    private double harmed;
    private long requests;
    private long errors;

    HarmBudget(long budget) {
        this.budget = budget;
    }

    void take(RouteSlice slice) {
        long canary = slice.canary().requests();
        long stable = slice.stable().requests();
        double expected = stable == 0 ? 0 : (double) slice.stable().errors() / stable * canary;
        harmed = Math.max(0, harmed + slice.canary().errors() - expected);
        requests += canary;
        errors += slice.canary().errors();
    }

    CheckResult result() {
        boolean used = harmed >= budget;
        Verdict verdict = used ? Verdict.BREACH : requests == 0 ? Verdict.INSUFFICIENT : Verdict.HEALTHY;
        String why = errors + " of " + requests + " canary requests failed since the release began, "
                + Wording.plain(harmed) + " more than stable's share; the budget is " + budget;
        Judgement judgement = new Judgement(verdict, harmed, budget, requests, why);
        return new CheckResult(
                AnalysisSpec.HARM_BUDGET,
                Metric.ERROR_RATE,
                "harmBudget",
                judgement.verdict(),
                judgement.value(),
                judgement.limit(),
                judgement.samples(),
                judgement.why());
    }
}
