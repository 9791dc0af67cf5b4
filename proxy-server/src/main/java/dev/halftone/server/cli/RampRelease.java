package dev.halftone.server.cli;

import dev.halftone.core.backtest.RampTrials;
import java.util.List;

/**
 * What came of releases of one kind along each ramp.
 *
 * @param words what the label leaves unsaid, may be empty
 * @param bad whether they should be rolled back
 * @param along in the order of the ramps
 */
record RampRelease(String label, String words, boolean bad, List<RampTrials> along) {
    RampRelease {
        along = List.copyOf(along);
    }

    /** All of these along each ramp, as one; all good or all bad, at least one. */
    static RampRelease sum(String label, List<RampRelease> releases) {
        RampRelease first = releases.get(0);
        List<RampTrials> sums = first.along.stream()
                .map(of -> new RampTrials(of.ramp(), of.isBad()))
                .toList();
        for (RampRelease release : releases) {
            for (int i = 0; i < sums.size(); i++) {
                sums.get(i).addAll(release.along.get(i));
            }
        }
        return new RampRelease(label, "", first.bad, sums);
    }
}
