package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;

/** One configured rule with its detector: waits for as many breaching points in a row as it was told. One thread. */
final class Check {
    private final CheckSpec spec;
    private final Detector detector;
    private int breaching;
    private CheckResult last;

    Check(CheckSpec spec, int minRequests) {
        this.spec = spec;
        this.detector = detector(spec, minRequests);
        this.last = result(Judgement.insufficient(Double.NaN, 0, "nothing was counted yet"));
    }

    private static Detector detector(CheckSpec spec, int minRequests) {
        if (spec.detector() instanceof DetectorSpec.Threshold threshold) {
            return new ThresholdDetector(spec.metric(), threshold, minRequests);
        } else if (spec.detector() instanceof DetectorSpec.MovingAverage average) {
            return new MovingAverageDetector(spec.metric(), average, minRequests);
        } else if (spec.detector() instanceof DetectorSpec.MannWhitney mannWhitney) {
            return new MannWhitneyDetector(spec.metric(), mannWhitney, minRequests);
        } else if (spec.detector() instanceof DetectorSpec.Decomposition decomposition) {
            return new DecompositionDetector(spec.metric(), decomposition, minRequests);
        } else if (spec.detector() instanceof DetectorSpec.Stream) {
            return new StreamDetector(spec.metric(), minRequests);
        }
        return new EwmaDetector(spec.metric(), (DetectorSpec.Ewma) spec.detector(), minRequests);
    }

    CheckResult last() {
        return last;
    }

    void judge(Point newest, Point stable, SlidingWindow window) {
        Judgement judgement = detector.judge(newest, stable, window);
        if (!detector.judgedAnew()) {
            return;
        }
        breaching = judgement.verdict() == Verdict.BREACH ? breaching + 1 : 0;
        if (breaching > 0 && breaching < spec.consecutive()) {
            String why = judgement.why() + " (point " + breaching + " of " + spec.consecutive() + " in a row)";
            judgement = new Judgement(Verdict.HEALTHY, judgement.value(), judgement.limit(), judgement.samples(), why);
        }
        last = result(judgement);
    }

    private CheckResult result(Judgement judgement) {
        return new CheckResult(
                spec.name(),
                spec.metric(),
                spec.detector().label(),
                judgement.verdict(),
                judgement.value(),
                judgement.limit(),
                judgement.samples(),
                judgement.why());
    }
}
