/**
 * The pure state machine of a release: (state, event, now) to (new state, effects).
 */
@NullMarked
package dev.halftone.core.rollout;

import org.jspecify.annotations.NullMarked;
