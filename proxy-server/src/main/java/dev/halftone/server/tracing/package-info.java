/** Spans of requests, sent to a collector. Knows neither the data plane nor the control loop. */
@NullMarked
package dev.halftone.server.tracing;

import org.jspecify.annotations.NullMarked;
