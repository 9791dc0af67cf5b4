/**
 * The words that every other package shares: version, ratio, position, outcome.
 */
@NullMarked
package dev.halftone.core;

import org.jspecify.annotations.NullMarked;
