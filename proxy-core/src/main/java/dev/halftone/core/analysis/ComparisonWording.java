package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;

/**
 * What a comparison says, with the numbers of both versions.
 *
 * @param warmsUpSeconds how long nothing is judged yet, or 0
 */
record ComparisonWording(CheckSpec spec, Point canary, Point stable, FailureBreadth breadth, double warmsUpSeconds) {

    Judgement judgement(Strand.Since since, Verdict verdict, double joint, double own) {
        boolean breach = verdict == Verdict.BREACH;
        boolean overSince = breach || spec.metric() == Metric.CUSTOM;
        double value = overSince && !spec.metric().isLatency() ? since.canaryShare() : canary.value(spec.metric());
        double limit = overSince && !spec.metric().isLatency() ? since.stableShare() : stable.value(spec.metric());
        return new Judgement(verdict, value, limit, since.canary(), sentence(since, breach, value, limit, own));
    }

    private String sentence(Strand.Since since, boolean breach, double value, double limit, double own) {
        String name = spec.custom() == null ? Wording.name(spec.metric()) : spec.custom();
        if (!breach) {
            String share = own <= 0 ? "none" : Wording.percent(own);
            return "the canary's " + name + " is " + Wording.value(spec.metric(), value) + ", stable's "
                    + Wording.value(spec.metric(), limit) + "; " + share + " of the evidence that a rollback takes"
                    + (warmsUpSeconds > 0
                            ? "; warming up, " + Wording.plain(Math.ceil(warmsUpSeconds)) + " s to go"
                            : "");
        }
        String span = " in the last " + Wording.plain(Math.rint(since.seconds())) + " s, of stable's "
                + since.stableHits() + " of " + since.stable() + " (" + Wording.percent(since.stableShare()) + ")";
        String counted = since.canaryHits() + " of " + since.canary();
        String share = " (" + Wording.percent(since.canaryShare()) + ")";
        if (spec.metric().isLatency()) {
            return counted + " canary requests were slower" + share
                    + " than what stable's own past sets as the mark" + span + "; now " + Wording.name(spec.metric())
                    + " " + Wording.value(spec.metric(), value) + ", stable's "
                    + Wording.value(spec.metric(), limit);
        }
        if (spec.metric() == Metric.CUSTOM) {
            return name + " happened in " + counted + " trials on the canary" + share + span;
        }
        return counted + " canary requests failed" + share + span + "; " + breadth.users() + " users, at most "
                + breadth.most() + " failures each";
    }
}
