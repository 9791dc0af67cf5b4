/**
 * The window and the state shown as Micrometer and Prometheus meters.
 */
@NullMarked
package dev.halftone.server.metrics;

import org.jspecify.annotations.NullMarked;
