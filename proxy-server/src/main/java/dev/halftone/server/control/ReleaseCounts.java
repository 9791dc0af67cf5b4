package dev.halftone.server.control;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.Evidence;
import dev.halftone.core.rollout.Evidence.Tally;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.RouteSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one release has gathered for its plan: since it began, and since its step was entered. In memory only: after a restart a
 * step gathers its samples anew. Control thread only.
 */
final class ReleaseCounts {
    /** How long a second's traffic counts for the rate, in seconds. */
    private static final double FADE_SECONDS = 60;

    private Tally canary = Tally.NONE;
    private Tally stable = Tally.NONE;
    private long beforeStep;
    private int step = Integer.MIN_VALUE;
    private long stepSinceMillis;
    private double fadedRequests;
    private double fadedSeconds;

    /** Another release begins. The route's traffic stays what it is. */
    void restart() {
        canary = Tally.NONE;
        stable = Tally.NONE;
        step = Integer.MIN_VALUE;
    }

    void take(RouteSlice slice) {
        Outcomes ofCanary = slice.canary().counted();
        Outcomes ofStable = slice.stable().counted();
        canary = canary.plus(ofCanary.requests(), ofCanary.errors());
        stable = stable.plus(ofStable.requests(), ofStable.errors());
        double seconds = (slice.endNanos() - slice.startNanos()) / 1e9;
        double kept = Math.exp(-seconds / FADE_SECONDS);
        fadedRequests = fadedRequests * kept
                + slice.canary().requests()
                + slice.stable().requests();
        fadedSeconds = fadedSeconds * kept + seconds;
    }

    /** What is known at a place of a plan; the step's own count begins when the place is first seen. */
    Evidence evidence(@Nullable Progress at, List<CheckResult> checks) {
        if (at != null && (at.step() != step || at.sinceMillis() != stepSinceMillis)) {
            step = at.step();
            stepSinceMillis = at.sinceMillis();
            beforeStep = canary.requests();
        }
        double rate = fadedSeconds <= 0 ? 0 : fadedRequests / fadedSeconds;
        return Evidence.of(checks, canary.requests() - beforeStep, canary, stable, rate);
    }
}
