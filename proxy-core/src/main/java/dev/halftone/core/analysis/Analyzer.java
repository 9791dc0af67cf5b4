package dev.halftone.core.analysis;

import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All checks of one release of one route. Stateful, single-threaded, no clock: time comes with the slices. Slices are
 * gathered into points of the interval; a check judges at the end of each point, from slices up to that moment alone.
 */
public final class Analyzer {
    private final long intervalNanos;
    private final int minRequests;
    private final List<Check> checks;
    private final List<Check> comparisons;
    private final @Nullable Comparison comparison;
    private final @Nullable HarmBudget budget;
    private final SlidingWindow stable;
    private final SlidingWindow canary;
    private final StoryTeller teller = new StoryTeller();
    private UserBits canaryUsers = UserBits.NONE;
    private Point gathered = Point.EMPTY;
    private Point gatheredStable = Point.EMPTY;
    private List<CheckResult> results;

    public Analyzer(AnalysisSpec spec) {
        intervalNanos = spec.interval().toNanos();
        minRequests = spec.minRequests();
        stable = new SlidingWindow(spec.window().toNanos());
        canary = new SlidingWindow(spec.window().toNanos());
        checks = spec.checks().stream().map(check -> new Check(check, spec)).toList();
        comparisons = checks.stream()
                .filter(check -> check.spec().detector() instanceof DetectorSpec.Comparison)
                .toList();
        comparison = comparisons.isEmpty()
                ? null
                : new Comparison(comparisons.stream().map(Check::spec).toList(), spec.maxShareOfUser());
        Long harm = spec.harmBudget();
        budget = harm == null ? null : new HarmBudget(harm);
        results = gatherResults();
    }

    /**
     * Takes the next closed slice and answers for every check, in the order of the specification; last for the harm budget, if
     * there is one.
     */
    public List<CheckResult> assess(RouteSlice slice) {
        long nanos = slice.endNanos() - slice.startNanos();
        teller.take(slice);
        stable.add(slice.stable(), nanos);
        canary.add(slice.canary(), nanos);
        canaryUsers = canaryUsers.plus(slice.canary().users());
        gathered = gathered.plus(slice.canary(), nanos);
        gatheredStable = gatheredStable.plus(slice.stable(), nanos);
        // Ticks come a little early or late; half a slice decides to which point the last one belongs.
        boolean whole = gathered.nanos() + nanos / 2 >= intervalNanos;
        for (Check check : checks) {
            check.take(slice);
            if (whole || check.isSequential()) {
                check.judge(gathered, gatheredStable, canary);
            }
        }
        if (whole) {
            gathered = Point.EMPTY;
            gatheredStable = Point.EMPTY;
        }
        compare(slice);
        if (budget != null) {
            budget.take(slice);
        }
        results = gatherResults();
        return results;
    }

    private void compare(RouteSlice slice) {
        if (comparison == null) {
            return;
        }
        comparison.take(slice);
        double doubt = comparison.doubt();
        for (int i = 0; i < comparisons.size(); i++) {
            // A release has the users it has had: a sequential test gathers them over its whole life.
            comparisons.get(i).judged(comparison.judge(i, canary, stable, minRequests), canaryUsers.estimate(), doubt);
        }
    }

    /** What each check said last. */
    public List<CheckResult> results() {
        return results;
    }

    private List<CheckResult> gatherResults() {
        CheckResult[] said = new CheckResult[checks.size() + (budget == null ? 0 : 1)];
        for (int i = 0; i < checks.size(); i++) {
            said[i] = checks.get(i).last();
        }
        if (budget != null) {
            said[checks.size()] = budget.result();
        }
        return List.of(said);
    }

    /**
     * What leads to the rollback that is decided now.
     *
     * @param check the name of the check that breached, or null if a person decided
     * @param nowMillis epoch milliseconds, at the end of the last slice or a little later
     * @param codes the canary's answers by class since the release began
     */
    public RollbackStory tell(@Nullable String check, long nowMillis, Map<String, Long> codes) {
        return teller.tell(new StoryTeller.Moment(
                results(), check, evidenceNanos(check), stable, canary, canaryUsers.estimate(), nowMillis, codes));
    }

    private @Nullable Long evidenceNanos(@Nullable String name) {
        for (Check check : checks) {
            if (check.spec().name().equals(name)) {
                int which = comparisons.indexOf(check);
                return comparison == null || which < 0
                        ? check.breachingNanos()
                        : Math.round(comparison.sinceSeconds(which) * 1e9);
            }
        }
        return null;
    }

    public VersionStats stable() {
        return stableFigures().stats();
    }

    public VersionStats canary() {
        return canaryFigures().stats();
    }

    /** Over the window that ends now, for later. */
    public WindowFigures stableFigures() {
        return new WindowFigures(stable.whole(), stable.reported());
    }

    /** Over the window that ends now, for later. */
    public WindowFigures canaryFigures() {
        return new WindowFigures(canary.whole(), canary.reported());
    }
}
