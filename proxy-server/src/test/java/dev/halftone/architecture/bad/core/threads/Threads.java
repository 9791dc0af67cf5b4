package dev.halftone.architecture.bad.core.threads;

/** Breaks a rule on purpose. */
final class Threads {
    private Threads() {}

    static final Thread SEEN = new Thread(() -> {});
}
