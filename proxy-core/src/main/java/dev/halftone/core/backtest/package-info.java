/**
 * Releases and series in made-up time: recorded or generated, through the same counting and the same checks as live ones. Pure:
 * lines come in, answers go out; reading files is the caller's.
 */
@NullMarked
package dev.halftone.core.backtest;

import org.jspecify.annotations.NullMarked;
