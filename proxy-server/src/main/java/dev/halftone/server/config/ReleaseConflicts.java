package dev.halftone.server.config;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Rule;
import dev.halftone.server.config.Struct.Values;
import java.util.List;

/** Finds releases that nothing can be said of, as nobody who counts ever comes, or as a check takes their own steps for faults. Any thread. */
final class ReleaseConflicts {
    private ReleaseConflicts() {}

    /** Whether a release without user keys has requests that count; a problem if not. */
    static boolean countsSomebody(Values canary, List<Rule> rules) {
        MissingKey missing = canary.get("onMissingKey", MissingKey.class, RolloutBuilder.missingKey(canary));
        boolean isLost = missing == MissingKey.STABLE || missing == MissingKey.RANDOM;
        if (!isLost
                || canary.has("userKey")
                || RolloutBuilder.needsUserKey(canary)
                || rules.stream().anyMatch(RuleConflicts::counts)) {
            return true;
        }
        String why = missing == MissingKey.STABLE
                ? "no request reaches the new version"
                : "no request counts for the checks";
        canary.error(
                "onMissingKey",
                missing.label() + " without a userKey: " + why + ", so no step is ever passed",
                "eachRequest or clientIp, or a userKey");
        return false;
    }

    /** Whether the rules leave somebody to the ratio who counts; a problem if not, or a warning where no plan waits for that. */
    static boolean isSomebodyLeft(Values canary, List<Rule> rules, RolloutSettings rollout, AnalysisSpec analysis) {
        Rule all = RuleConflicts.takingAll(rules, ExperimentSection.isTest(canary));
        if (all == null) {
            return true;
        }
        String problem = "rule " + all.name() + " takes everybody, and none of them counts for the checks";
        String expected = "somebody left to the ratio";
        if (rollout.plan() == null || analysis.checks().isEmpty()) {
            canary.warning("rules", problem, expected);
            return true;
        }
        boolean isTest = ExperimentSection.isTest(canary);
        canary.error(
                "rules", problem + (isTest ? ", so nobody is in the test" : ", so no step is ever passed"), expected);
        return false;
    }

    /** What counts the canary's requests takes each step for a fault. */
    static void warnOfRates(Values canary, AnalysisSpec analysis) {
        for (CheckSpec check : analysis.checks()) {
            boolean isOwn = check.detector() instanceof DetectorSpec.Threshold;
            if (check.metric() == Metric.REQUEST_RATE && !isOwn) {
                canary.warning(
                        "analysis",
                        "check " + check.name()
                                + " judges the canary's requestRate, which each step raises, so a step may be"
                                + " taken for a breach",
                        "errors, latencies, or a threshold");
            }
        }
    }
}
