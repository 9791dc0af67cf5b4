/**
 * Main and the wiring. Imported by nobody.
 */
@NullMarked
package dev.halftone.server;

import org.jspecify.annotations.NullMarked;
