/** What the benches have in common. */
@NullMarked
package dev.halftone.bench;

import org.jspecify.annotations.NullMarked;
