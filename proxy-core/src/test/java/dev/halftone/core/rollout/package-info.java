/** Tests of the life of a release. */
@NullMarked
package dev.halftone.core.rollout;

import org.jspecify.annotations.NullMarked;
