package dev.halftone.core.routing;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * All that routing sees of a request. Texts are byte strings: one char for each byte as it was received (ISO-8859-1), so
 * that a key hashes to the bytes that the client sent. A returned sequence is valid until the next call on this view.
 */
public interface RequestView {
    CharSequence method();

    /** The authority without its port, as sent; empty if there is none. */
    CharSequence host();

    /** The normalised path: begins with {@code /}, dot segments removed, unreserved characters decoded, no query. */
    CharSequence path();

    /** The first value of this header, or null. Names compare without case. */
    @Nullable
    CharSequence header(String name);

    /** The first cookie of this name, as sent, or null. Names compare with case. */
    @Nullable
    CharSequence cookie(String name);

    /** The first query parameter of this name, percent-decoded, or null. Names compare with case. */
    @Nullable
    CharSequence query(String name);

    /** The client's address, as far as it can be trusted. */
    InetAddress clientAddress();

    /** Whether the peer is a proxy whose word about its clients is believed. */
    default boolean isFromTrustedProxy() {
        return false;
    }
}
