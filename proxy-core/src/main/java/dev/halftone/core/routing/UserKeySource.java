package dev.halftone.core.routing;

/** Where a user key may come from. */
public sealed interface UserKeySource {
    /** A cookie, compared with case. */
    record Cookie(String name) implements UserKeySource {}

    /** A request header, compared without case. */
    record Header(String name) implements UserKeySource {}

    /** A query parameter, percent-decoded. */
    record Query(String name) implements UserKeySource {}
}
