/**
 * The data plane on Netty: both legs of an exchange on one event loop.
 */
@NullMarked
package dev.halftone.server.proxy;

import org.jspecify.annotations.NullMarked;
