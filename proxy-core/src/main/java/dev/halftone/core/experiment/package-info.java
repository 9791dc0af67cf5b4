/**
 * What an A/B test has found so far: the lift of each variant with an interval that holds at any time, and whether the split is
 * what it should be. Pure; time is an argument.
 */
@NullMarked
package dev.halftone.core.experiment;

import org.jspecify.annotations.NullMarked;
