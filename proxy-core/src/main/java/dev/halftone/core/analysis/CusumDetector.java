package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.window.HarmCusum;
import dev.halftone.core.window.RouteSlice;
import org.jspecify.annotations.Nullable;

/**
 * Stops a canary that fails outright. What {@link dev.halftone.core.window.OutcomeWindow} saw on the spot comes with the slice;
 * where nobody watches on the spot, the same sum over slices finds it one slice later. One thread.
 */
final class CusumDetector implements Detector {
    private final HarmCusum.Limits limits;
    private HarmCusum cusum;
    private long anonymous;
    private RouteSlice.@Nullable Trip trip;

    CusumDetector(HarmCusum.Limits limits) {
        this.limits = limits;
        cusum = new HarmCusum(limits);
    }

    void take(RouteSlice slice) {
        var canary = slice.canary().counted();
        var stable = slice.stable().counted();
        cusum.take(canary.requests(), canary.errors(), stable.requests(), stable.errors());
        for (long user : slice.canary().failing().hashes()) {
            cusum.failedUser(user);
        }
        for (long i = Math.min(10, slice.canary().failing().anonymous()); i > 0; i--) {
            cusum.failedUser(--anonymous);
        }
        trip = slice.trip() != null ? slice.trip() : cusum.trip();
        if (trip != null) {
            cusum = new HarmCusum(limits);
        }
    }

    @Override
    public Judgement judge(Point newest, SlidingWindow window) {
        Point whole = window.whole();
        RouteSlice.Trip seen = trip;
        if (seen != null) {
            double share = (double) seen.errors() / seen.requests();
            String why = seen.errors() + " of " + seen.requests() + " canary requests failed in one run ("
                    + Wording.percent(share) + "), of stable's " + seen.stableErrors() + " of "
                    + seen.stableRequests() + " over the same time; " + Wording.percent(limits.good()) + " is well";
            return new Judgement(Verdict.BREACH, share, limits.bad(), seen.requests(), why);
        }
        double value = whole.value(Metric.ERROR_RATE);
        if (whole.requests() == 0) {
            return Judgement.insufficient(
                    value, 0, "no canary requests in the last " + ThresholdDetector.seconds(whole));
        }
        String why = "the canary's error rate is " + Wording.percent(value) + "; "
                + Wording.percent(cusum.evidence() / cusum.needed()) + " of the evidence that a stop takes";
        return new Judgement(Verdict.HEALTHY, value, limits.bad(), whole.requests(), why);
    }
}
