package dev.halftone.core.backtest;

import dev.halftone.core.window.RouteSlice;

/** A rule that says after each slice of a release whether it would take the release back now. For one release, one thread. */
interface Judge {
    boolean take(RouteSlice slice);
}
