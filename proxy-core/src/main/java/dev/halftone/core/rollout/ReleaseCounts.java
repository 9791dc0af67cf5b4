package dev.halftone.core.rollout;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.Evidence.Tally;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one release has gathered for its plan: since it began, and since its step was entered. In memory only: after a restart a
 * step gathers its samples anew. One thread.
 */
public final class ReleaseCounts {
    /** How long a second's traffic counts for the rate, in seconds. */
    private static final double FADE_SECONDS = 60;

    private Tally canary = Tally.NONE;
    private Tally stable = Tally.NONE;
    private long beforeStep;
    private int step = Integer.MIN_VALUE;
    private long stepSinceMillis;
    private double fadedRequests;
    private double fadedSeconds;
    private double quietSeconds;

    /** Another release begins. The route's traffic stays what it is. */
    public void restart() {
        canary = Tally.NONE;
        stable = Tally.NONE;
        step = Integer.MIN_VALUE;
    }

    /**
     * Takes over what came in a slice.
     *
     * @param ofCanary counted requests
     * @param ofStable counted requests
     * @param allRequests of both versions, counted or not
     * @param seconds how long the slice is
     */
    public void take(Tally ofCanary, Tally ofStable, long allRequests, double seconds) {
        canary = canary.plus(ofCanary.requests(), ofCanary.errors());
        stable = stable.plus(ofStable.requests(), ofStable.errors());
        quietSeconds = ofCanary.requests() + ofStable.requests() > 0 ? 0 : quietSeconds + seconds;
        double kept = Math.exp(-seconds / FADE_SECONDS);
        fadedRequests = fadedRequests * kept + allRequests;
        fadedSeconds = fadedSeconds * kept + seconds;
    }

    /** Seconds since a request last counted, or since this process looks. */
    public double quietSeconds() {
        return quietSeconds;
    }

    /** What is known at a place of a plan; the step's own count begins when the place is first seen. */
    public Evidence evidence(@Nullable Progress at, List<CheckResult> checks) {
        if (at != null && (at.step() != step || at.sinceMillis() != stepSinceMillis)) {
            step = at.step();
            stepSinceMillis = at.sinceMillis();
            beforeStep = canary.requests();
        }
        double rate = fadedSeconds <= 0 ? 0 : fadedRequests / fadedSeconds;
        return Evidence.of(checks, canary.requests() - beforeStep, canary, stable, rate);
    }
}
