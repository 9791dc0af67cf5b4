package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult;

/** What can happen to a release. */
public sealed interface RolloutEvent {
    /** The configuration was loaded, at start or by a reload. */
    record Configured(String release, Ratio wanted) implements RolloutEvent {}

    /** A check breached. */
    record Breached(CheckResult result, OnBreach onBreach) implements RolloutEvent {
        public Breached {
            if (result.verdict() != CheckResult.Verdict.BREACH) {
                throw new IllegalArgumentException(
                        "verdict " + result.verdict().label() + " of check " + result.check() + " (expected: breach)");
            }
        }
    }

    /** An operator or pipeline asked for something. */
    sealed interface Command extends RolloutEvent {
        /** Who, as {@code operator@127.0.0.1}; and why, in their words (may be empty). */
        String actor();

        String reason();
    }

    record SetRatio(Ratio ratio, String actor, String reason) implements Command {}

    record Pause(String actor, String reason) implements Command {}

    record Resume(String actor, String reason) implements Command {}

    record Promote(String actor, String reason) implements Command {}

    record Rollback(String actor, String reason) implements Command {}

    record Abort(String actor, String reason) implements Command {}

    record StartRelease(String release, String actor, String reason) implements Command {}
}
