/**
 * One thread: tick, decide, carry out effects.
 */
@NullMarked
package dev.halftone.server.control;

import org.jspecify.annotations.NullMarked;
