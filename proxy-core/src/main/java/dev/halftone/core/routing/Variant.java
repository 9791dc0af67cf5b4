package dev.halftone.core.routing;

import dev.halftone.core.Ratio;

/**
 * One side of an A/B test.
 *
 * @param number place in the test: 0 is the control, which is the stable upstream
 * @param share of users, above 0
 */
public record Variant(int number, String name, Upstream upstream, Ratio share) {}
