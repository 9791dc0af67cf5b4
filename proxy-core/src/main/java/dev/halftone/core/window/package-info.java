/**
 * Counts outcomes per event loop and hands out closed one-second slices.
 */
@NullMarked
package dev.halftone.core.window;

import org.jspecify.annotations.NullMarked;
