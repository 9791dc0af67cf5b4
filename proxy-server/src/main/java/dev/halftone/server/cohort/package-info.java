/** Who a request's user is and where: lists, regions, tokens and cookies, read from files for routing to ask. */
@NullMarked
package dev.halftone.server.cohort;

import org.jspecify.annotations.NullMarked;
