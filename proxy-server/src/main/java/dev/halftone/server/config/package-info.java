/**
 * YAML to settings; all problems at once, each with its place in the file.
 */
@NullMarked
package dev.halftone.server.config;

import org.jspecify.annotations.NullMarked;
