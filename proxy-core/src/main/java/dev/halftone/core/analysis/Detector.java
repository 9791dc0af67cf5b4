package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;

/** Judges one metric of the canary. Stateful, one thread, no clock: time comes with the points. */
interface Detector {
    /**
     * @param newest what was counted since the last call
     * @param window the canary's slices up to now, the newest included
     */
    Judgement judge(Point newest, SlidingWindow window);

    /**
     * The same for those that compare the versions.
     *
     * @param stable what was counted of stable over the same time as newest
     */
    default Judgement judge(Point newest, Point stable, SlidingWindow window) {
        return judge(newest, window);
    }

    /** Whether the last call came to a new answer; false for one that only gathered, whose answer is the one before. */
    default boolean judgedAnew() {
        return true;
    }

    /**
     * What came of it.
     *
     * @param value the metric, in its unit; NaN if there is none
     * @param limit what it was held against; NaN if there is none yet
     */
    record Judgement(Verdict verdict, double value, double limit, long samples, String why) {
        static Judgement insufficient(double value, long samples, String why) {
            return new Judgement(Verdict.INSUFFICIENT, value, Double.NaN, samples, why);
        }
    }
}
