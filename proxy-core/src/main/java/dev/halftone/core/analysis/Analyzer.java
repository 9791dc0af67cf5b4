package dev.halftone.core.analysis;

import dev.halftone.core.window.RouteSlice;
import java.util.List;

/**
 * All checks of one release of one route. Stateful, single-threaded, no clock: time comes with the slices. Slices are
 * gathered into points of the interval; a check judges at the end of each point, from slices up to that moment alone.
 */
public final class Analyzer {
    private final long intervalNanos;
    private final List<Check> checks;
    private final SlidingWindow stable;
    private final SlidingWindow canary;
    private Point gathered = Point.EMPTY;
    private Point gatheredStable = Point.EMPTY;

    public Analyzer(AnalysisSpec spec) {
        intervalNanos = spec.interval().toNanos();
        stable = new SlidingWindow(spec.window().toNanos());
        canary = new SlidingWindow(spec.window().toNanos());
        checks = spec.checks().stream()
                .map(check -> new Check(check, spec.minRequests()))
                .toList();
    }

    /** Takes the next closed slice and answers for every check, in the order of the specification. */
    public List<CheckResult> assess(RouteSlice slice) {
        long nanos = slice.endNanos() - slice.startNanos();
        stable.add(slice.stable(), nanos);
        canary.add(slice.canary(), nanos);
        gathered = gathered.plus(slice.canary(), nanos);
        gatheredStable = gatheredStable.plus(slice.stable(), nanos);
        // Ticks come a little early or late; half a slice decides to which point the last one belongs.
        if (gathered.nanos() + nanos / 2 >= intervalNanos) {
            Point point = gathered;
            Point stablePoint = gatheredStable;
            gathered = Point.EMPTY;
            gatheredStable = Point.EMPTY;
            for (Check check : checks) {
                check.judge(point, stablePoint, canary);
            }
        }
        return results();
    }

    /** What each check said last. */
    public List<CheckResult> results() {
        return checks.stream().map(Check::last).toList();
    }

    public VersionStats stable() {
        return stable.whole().stats();
    }

    public VersionStats canary() {
        return canary.whole().stats();
    }
}
