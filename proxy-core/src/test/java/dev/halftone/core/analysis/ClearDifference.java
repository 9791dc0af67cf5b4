package dev.halftone.core.analysis;

import dev.halftone.core.analysis.MannWhitneyRule.Classification;
import dev.halftone.core.analysis.MannWhitneyRule.Direction;
import dev.halftone.core.analysis.MannWhitneyRule.Effect;
import dev.halftone.core.analysis.MannWhitneyRule.Measure;
import dev.halftone.core.analysis.MannWhitneyRule.Missing;

/** The classification of {@link MannWhitneyRule} at 98 % confidence and tolerance 0.25, for judges outside this package. */
public final class ClearDifference {
    private static final Effect ANY = new Effect(Measure.MEAN_RATIO, 1, 1);

    private ClearDifference() {}

    /** Whether the canary's points lie clearly above stable's, or below. */
    public static boolean is(boolean above, double[] canary, double[] stable) {
        Direction direction = above ? Direction.INCREASE : Direction.DECREASE;
        Classification found = new MannWhitneyRule(0.25, 0.98, direction, ANY, ANY, false, Missing.REMOVE)
                .classify(canary, stable)
                .classification();
        return found == (above ? Classification.HIGH : Classification.LOW);
    }
}
