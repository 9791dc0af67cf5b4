package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult;
import org.jspecify.annotations.Nullable;

/** What can happen to a release. */
public sealed interface RolloutEvent {
    /**
     * The configuration was loaded, at start or by a reload.
     *
     * @param wanted the ratio; not looked at where there is a plan
     * @param plan null for a release that has a ratio and no plan
     */
    record Configured(
            String release, Ratio wanted, @Nullable Plan plan) implements RolloutEvent {
        public Configured(String release, Ratio wanted) {
            this(release, wanted, null);
        }
    }

    /** The plan is looked at, each second and after each change. Leads to a step, or to nothing. */
    record Looked(Plan plan, Evidence seen) implements RolloutEvent {}

    /** Something outside said yes: smoke requests that passed, a hook. Nothing happens unless the release waits at this gate. */
    record GateOpened(String release, String gate) implements RolloutEvent {}

    /** Something outside said not yet. Nothing happens unless the release waits at this gate. */
    record GateWaits(String release, String gate, String why) implements RolloutEvent {}

    /** Something outside said no, for good. Rolls back, if the release waits at this gate. */
    record GateFailed(String release, String gate, String why) implements RolloutEvent {}

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

    /** @param variant of an A/B test, which everybody gets; null for the one that has won, and where no test runs */
    record Promote(String actor, String reason, @Nullable String variant) implements Command {
        public Promote(String actor, String reason) {
            this(actor, reason, null);
        }
    }

    record Rollback(String actor, String reason) implements Command {}

    record Abort(String actor, String reason) implements Command {}

    record StartRelease(String release, String actor, String reason) implements Command {}
}
