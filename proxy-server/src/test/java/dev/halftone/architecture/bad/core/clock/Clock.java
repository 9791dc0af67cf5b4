package dev.halftone.architecture.bad.core.clock;

/** Breaks a rule on purpose. */
final class Clock {
    private Clock() {}

    static long now() {
        return System.nanoTime();
    }
}
