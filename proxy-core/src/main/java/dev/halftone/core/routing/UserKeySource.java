package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/** Where a user key may come from. */
public sealed interface UserKeySource {
    /** A cookie, compared with case. */
    record Cookie(String name) implements UserKeySource {}

    /** A request header, compared without case. */
    record Header(String name) implements UserKeySource {}

    /** A query parameter, percent-decoded. */
    record Query(String name) implements UserKeySource {}

    /**
     * A claim of a JSON Web Token, once its signature and its times have been found right.
     *
     * @param token the cookie or header that carries it; in a header the word {@code Bearer} may stand before it
     */
    record JwtClaim(String claim, UserKeySource token, ClaimReader reader) implements UserKeySource {}

    /** The cookie in which a user without an identifier has been given one. */
    record Assigned(Assignment assignment) implements UserKeySource {}

    /** Reads one claim of a token. Safe for any thread; answers within some tens of microseconds, and mostly from memory. */
    interface ClaimReader {
        /** The claim as a byte string; null for a token that is not valid now, or has no such claim. */
        @Nullable
        CharSequence claim(CharSequence token);
    }

    /** Gives users identifiers and knows its own again. Safe for any thread. */
    interface Assignment {
        /** The cookie's name. */
        String cookie();

        /** The identifier in a cookie's value, or null if this did not make it. */
        @Nullable
        CharSequence identifier(CharSequence value);

        /** A new cookie value; {@link #identifier} of it is never null. */
        String issue();

        /** The value of the Set-Cookie field that hands it out, but for {@code Secure}. */
        String setCookie(String value);
    }
}
