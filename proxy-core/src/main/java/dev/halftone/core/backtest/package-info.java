/**
 * Replays recorded data through the analysis in made-up time. Pure: lines come in, answers go out; reading files is the caller's.
 */
@NullMarked
package dev.halftone.core.backtest;

import org.jspecify.annotations.NullMarked;
