/**
 * What people and other programs are told, and asked: webhooks after a decision, hooks before one.
 */
@NullMarked
package dev.halftone.server.notify;

import org.jspecify.annotations.NullMarked;
