/**
 * The admin API over HTTP.
 */
@NullMarked
package dev.halftone.server.admin;

import org.jspecify.annotations.NullMarked;
