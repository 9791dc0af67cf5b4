package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/**
 * Where routing leaves the position of the user it has just looked at, so that it is hashed once and nothing is allocated. Written
 * over by the next choice. One event loop, which keeps one for all its requests.
 */
public final class UserPosition {
    private boolean known;
    private long position;
    private @Nullable String assigned;
    private final RequestFacts facts = new RequestFacts();

    /** Whether the request had a user key, and the choice depended on it. */
    public boolean isKnown() {
        return known;
    }

    /** The user's position, see {@link dev.halftone.core.Position}; of no meaning unless known. */
    public long position() {
        return position;
    }

    /** The Set-Cookie field that gives the user an identifier, but for {@code Secure}; null if it needs none. */
    public @Nullable String assigned() {
        return assigned;
    }

    RequestFacts facts() {
        return facts;
    }

    void unknown() {
        known = false;
        assigned = null;
    }

    void assign(String setCookie) {
        assigned = setCookie;
    }

    long known(long at) {
        known = true;
        position = at;
        return at;
    }
}
