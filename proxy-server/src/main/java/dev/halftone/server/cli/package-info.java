/**
 * The commands.
 */
@NullMarked
package dev.halftone.server.cli;

import org.jspecify.annotations.NullMarked;
