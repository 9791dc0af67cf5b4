package dev.halftone.core.routing;

/**
 * Where routing leaves the position of the user it has just looked at, so that it is hashed once and nothing is allocated. Written
 * over by the next choice. One event loop.
 */
public final class UserPosition {
    private boolean known;
    private long position;

    /** Whether the request had a user key, and the choice depended on it. */
    public boolean isKnown() {
        return known;
    }

    /** The user's position, see {@link dev.halftone.core.Position}; of no meaning unless known. */
    public long position() {
        return position;
    }

    void unknown() {
        known = false;
    }

    long known(long at) {
        known = true;
        position = at;
        return at;
    }
}
