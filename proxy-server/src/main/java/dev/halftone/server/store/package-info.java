/**
 * State and audit trail behind one port: revision, compare-and-set, append.
 */
@NullMarked
package dev.halftone.server.store;

import org.jspecify.annotations.NullMarked;
