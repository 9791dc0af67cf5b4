/**
 * Closed slices to verdicts: one class for each detector. Pure: no clock, no threads, no I/O.
 */
@NullMarked
package dev.halftone.core.analysis;

import org.jspecify.annotations.NullMarked;
