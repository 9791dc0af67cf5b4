package dev.halftone.architecture.bad.naming;

/** Breaks a rule on purpose. */
final class OddHelper {
    private OddHelper() {}

    static final int NOTHING = 0;
}
