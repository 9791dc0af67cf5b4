package dev.halftone.server.proxy;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A request's identifier: the client's, or 128 random bits that become text only where somebody reads them. */
record RequestId(@Nullable String given, long high, long low) {
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return given != null ? given : hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
