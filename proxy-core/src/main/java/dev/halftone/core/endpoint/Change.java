package dev.halftone.core.endpoint;

/**
 * An endpoint's state changed.
 *
 * @param why in words, for the log
 */
public record Change(Member member, EndpointState from, EndpointState to, String why) {}
