package dev.halftone.server.control;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.VersionStats;
import dev.halftone.core.analysis.WindowFigures;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.routing.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route as the control thread last saw it. Immutable.
 *
 * @param state null for a route that has no canary
 * @param stableFigures over the analysis window
 * @param canaryFigures over the analysis window
 * @param checks one for each check, in the order of the configuration; empty for a route that has no canary
 * @param plan null for a release that has a ratio and no plan
 * @param experiment null for a release that is no A/B test
 * @param stored whether the state is on disk; false while a write is being retried
 */
public record RouteStatus(
        Route route,
        @Nullable RolloutState state,
        WindowFigures stableFigures,
        WindowFigures canaryFigures,
        List<CheckResult> checks,
        @Nullable PlanStatus plan,
        @Nullable ExperimentStatus experiment,
        boolean stored) {

    /** Over the analysis window. */
    public VersionStats stable() {
        return stableFigures.stats();
    }

    /** Over the analysis window. */
    public VersionStats canary() {
        return canaryFigures.stats();
    }
}
