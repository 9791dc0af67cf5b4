/**
 * Request view to user key, to bucket, to version: the immutable routing table and what it is made of.
 */
@NullMarked
package dev.halftone.core.routing;

import org.jspecify.annotations.NullMarked;
