package dev.halftone.server.notify;

import java.time.Duration;

/**
 * How often a message is tried, and when again: each wait twice the one before.
 *
 * @param first wait after the first failure
 * @param longest no wait is longer, whatever the receiver asks for
 * @param tries in all, 1 or more
 */
record Backoff(Duration first, Duration longest, int tries) {
    /** 1, 2, 4 ... 256, 300, 300 s: about 19 minutes. */
    static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5), 12);

    /**
     * @param failures 1 after the first
     * @param askedMillis what the receiver asked for; 0: nothing
     * @param chance 0..1, shortens the wait by up to a fifth, so that replicas do not come back all at once
     * @return milliseconds
     */
    long waitMillis(int failures, long askedMillis, double chance) {
        double doubled = first.toMillis() * Math.pow(2, Math.min(failures - 1, 30));
        double capped = Math.min(doubled, (double) longest.toMillis()) * (1 - 0.2 * chance);
        return Math.max((long) capped, Math.min(askedMillis, longest.toMillis()));
    }
}
