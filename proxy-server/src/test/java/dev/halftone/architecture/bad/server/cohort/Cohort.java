package dev.halftone.architecture.bad.server.cohort;

/** Breaks a rule on purpose. */
final class Cohort {
    private Cohort() {}

    static final Class<?> SEEN = io.netty.channel.Channel.class;
}
