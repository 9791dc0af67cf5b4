/**
 * HTTP/1.1 on the wire: heads parsed once and strictly into offsets over their bytes, bodies counted or their chunks
 * validated, heads written from slices. Knows nothing of routes, upstreams or releases.
 */
@NullMarked
package dev.halftone.server.http1;

import org.jspecify.annotations.NullMarked;
