package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;
import dev.halftone.core.window.RouteSlice;
import org.jspecify.annotations.Nullable;

/** One configured rule with its detector: waits for as many breaching points in a row as it was told. One thread. */
final class Check {
    private final CheckSpec spec;
    private final @Nullable Detector detector;
    private final int minUsers;
    private int breaching;
    private long breachingNanos;
    private double doubt;
    private CheckResult last;

    Check(CheckSpec spec, AnalysisSpec of) {
        this.spec = spec;
        this.minUsers = of.minUsers();
        // Comparisons share one evidence, which the analyzer keeps.
        this.detector = spec.detector() instanceof DetectorSpec.Comparison ? null : detector(spec, of);
        this.last = result(Judgement.insufficient(Double.NaN, 0, "nothing was counted yet"));
    }

    private static Detector detector(CheckSpec spec, AnalysisSpec of) {
        int minRequests = of.minRequests();
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
        } else if (spec.detector() instanceof DetectorSpec.Cusum cusum) {
            return new CusumDetector(of.limits(cusum));
        }
        return new EwmaDetector(spec.metric(), (DetectorSpec.Ewma) spec.detector(), minRequests);
    }

    CheckResult last() {
        return last;
    }

    CheckSpec spec() {
        return spec;
    }

    /** Whether it judges after every slice, whatever the interval. */
    boolean isSequential() {
        return detector == null || detector instanceof CusumDetector;
    }

    void take(RouteSlice slice) {
        if (detector instanceof CusumDetector cusum) {
            cusum.take(slice);
        }
    }

    void judge(Point newest, Point stable, SlidingWindow window) {
        Detector present = detector;
        if (present == null) {
            return;
        }
        Judgement judgement = present.judge(newest, stable, window);
        if (present.judgedAnew()) {
            judged(
                    judgement,
                    present instanceof CusumDetector
                            ? 0
                            : window.whole().users().estimate());
            breachingNanos = breaching == 0 ? 0 : breachingNanos + newest.nanos();
        }
    }

    /** How much time the points hold that breached in a row up to now; not of comparisons. */
    long breachingNanos() {
        return breachingNanos;
    }

    /** Takes over what the comparisons said. */
    void judged(Judgement said, long users, double jointDoubt) {
        doubt = jointDoubt;
        judged(said, users);
    }

    /**
     * Takes over what the detector said.
     *
     * @param users of the canary, 0 if they are not known
     */
    void judged(Judgement said, long users) {
        Judgement judgement = said;
        if (judgement.verdict() != Verdict.INSUFFICIENT && users > 0 && users < minUsers) {
            judgement = Judgement.insufficient(
                    said.value(), said.samples(), users + " canary users; " + minUsers + " are needed");
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
                spec.custom(),
                spec.detector().label(),
                judgement.verdict(),
                judgement.value(),
                judgement.limit(),
                judgement.samples(),
                judgement.why(),
                doubt);
    }
}
