package dev.halftone.core.backtest;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.window.RouteSlice;
import java.time.Duration;
import java.util.Arrays;

/** Our checks over closed slices, without the stop on the spot. */
final class OwnChecks implements Judge {
    private final Analyzer analyzer;

    OwnChecks(int intervalSeconds, int windowSeconds, CheckSpec... checks) {
        analyzer = new Analyzer(new AnalysisSpec(
                Duration.ofSeconds(intervalSeconds),
                Duration.ofSeconds(windowSeconds),
                50,
                10,
                null,
                OnBreach.ROLLBACK,
                Arrays.asList(checks)));
    }

    @Override
    public boolean take(RouteSlice slice) {
        for (CheckResult result : analyzer.assess(slice)) {
            if (result.verdict() == CheckResult.Verdict.BREACH) {
                return true;
            }
        }
        return false;
    }
}
