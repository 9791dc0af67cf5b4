package dev.halftone.core.analysis;

import dev.halftone.core.analysis.DetectorSpec.Side;

/** A centre with a width to the sides that are bad. */
record Limits(Side side, double centre, double width) {
    boolean excludes(double value) {
        boolean above = side != Side.BELOW && value > centre + width;
        boolean below = side != Side.ABOVE && value < centre - width;
        return above || below;
    }

    /** The limit that the value is nearer to. */
    double near(double value) {
        boolean upper = side == Side.ABOVE || (side == Side.BOTH && value >= centre);
        return upper ? centre + width : centre - width;
    }
}
