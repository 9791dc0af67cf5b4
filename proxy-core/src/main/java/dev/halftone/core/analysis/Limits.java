package dev.halftone.core.analysis;

import dev.halftone.core.analysis.DetectorSpec.Side;

/** A centre with a width to the sides that are bad. */
record Limits(Side side, double centre, double width) {
    boolean excludes(double value) {
        boolean above = side != Side.BELOW && value > centre + width;
        boolean below = side != Side.ABOVE && value < centre - width;
        return above || below;
    }

    /** How far out a value lies to a bad side: 0 at the centre, one half at the limit, towards 1 beyond. */
    SeriesScorer.Score score(double value) {
        double above = side == Side.BELOW ? 0 : value - centre;
        double below = side == Side.ABOVE ? 0 : centre - value;
        double distance = Math.max(0, Math.max(above, below));
        return new SeriesScorer.Score(distance == 0 ? 0 : distance / (distance + width), excludes(value));
    }

    /** The limit that the value is nearer to. */
    double near(double value) {
        boolean upper = side == Side.ABOVE || (side == Side.BOTH && value >= centre);
        return upper ? centre + width : centre - width;
    }
}
