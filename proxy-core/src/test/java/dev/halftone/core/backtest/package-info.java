@NullMarked
package dev.halftone.core.backtest;

import org.jspecify.annotations.NullMarked;
