package dev.halftone.core.analysis;

import dev.halftone.core.window.Reported;

/**
 * Keeps what one version reported of a custom metric until the other has reported too, at most {@value #SPAN_SECONDS} s: services
 * report when they know, which need not be in the same second. Waiting looks at how much was reported, never at what. One thread.
 */
final class PairedReports {
    static final double SPAN_SECONDS = 60;

    private Reported canary = Reported.NONE;
    private Reported stable = Reported.NONE;
    private double waitedSeconds;

    /** Takes the reports of the next slice; those of a pair that was whole before are gone. */
    void add(Reported ofCanary, Reported ofStable, double seconds) {
        boolean isEmpty = canary.trials() == 0 && stable.trials() == 0;
        waitedSeconds = isEmpty ? 0 : waitedSeconds + seconds;
        if (isWhole() || waitedSeconds > SPAN_SECONDS) {
            canary = Reported.NONE;
            stable = Reported.NONE;
            waitedSeconds = 0;
        }
        canary = canary.plus(ofCanary);
        stable = stable.plus(ofStable);
    }

    /** Whether there is something to compare. */
    boolean isWhole() {
        return canary.trials() > 0 && stable.trials() > 0;
    }

    /** Nothing until the pair is whole. */
    Reported canary() {
        return isWhole() ? canary : Reported.NONE;
    }

    /** Nothing until the pair is whole. */
    Reported stable() {
        return isWhole() ? stable : Reported.NONE;
    }
}
