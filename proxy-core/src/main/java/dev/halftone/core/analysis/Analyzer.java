package dev.halftone.core.analysis;

import dev.halftone.core.window.RouteSlice;
import java.util.List;

/** All checks of one release of one route. Stateful, single-threaded, no clock: time comes with the slices. */
public final class Analyzer {
    public Analyzer(AnalysisSpec spec) {
        throw new UnsupportedOperationException(spec.toString());
    }

    /** Takes the next closed slice and answers for every check, in the order of the specification. */
    public List<CheckResult> assess(RouteSlice slice) {
        throw new UnsupportedOperationException(slice.toString());
    }

    public VersionStats stable() {
        throw new UnsupportedOperationException();
    }

    public VersionStats canary() {
        throw new UnsupportedOperationException();
    }
}
