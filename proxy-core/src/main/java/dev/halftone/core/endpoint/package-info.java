/**
 * Which servers of an upstream get its requests: their health, what takes them out and brings them back, and the choice
 * among those that are left.
 */
@NullMarked
package dev.halftone.core.endpoint;

import org.jspecify.annotations.NullMarked;
