/**
 * The main job on an embedded default: two built-in services and made-up users.
 */
@NullMarked
package dev.halftone.server.demo;

import org.jspecify.annotations.NullMarked;
