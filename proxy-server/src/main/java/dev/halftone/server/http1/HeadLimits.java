package dev.halftone.server.http1;

/**
 * How large a head may be.
 *
 * @param startLineBytes the longest request or status line, without its line end
 * @param headerBytes all field lines together
 * @param headerCount the most field lines
 */
public record HeadLimits(int startLineBytes, int headerBytes, int headerCount) {}
