package dev.halftone.server.http1;

import org.jspecify.annotations.Nullable;

/**
 * Checks the extensions of a chunk byte by byte (RFC 9112, 7.1.1). They never pass, but where two readers disagree about a
 * quoted text they may disagree about the line's end. Bytes above ASCII, obsolete in the RFC, are not let in: servers fail on
 * them. Event loop only.
 */
final class ChunkExtension {
    private enum At {
        BEFORE_NAME,
        NAME,
        AFTER_NAME,
        BEFORE_VALUE,
        VALUE,
        QUOTED,
        ESCAPED,
        AFTER_QUOTED
    }

    private At at = At.BEFORE_NAME;

    /** A semicolon ended the chunk's size. */
    void begin() {
        at = At.BEFORE_NAME;
    }

    /** Whether this byte may come next; if not, nothing more may be asked. */
    boolean accepts(byte c) {
        At next = next(c);
        if (next == null) {
            return false;
        }
        at = next;
        return true;
    }

    /** Whether the line may end here. */
    boolean mayEnd() {
        return at == At.NAME || at == At.VALUE || at == At.AFTER_QUOTED;
    }

    private @Nullable At next(byte c) {
        boolean space = c == ' ' || c == '\t';
        return switch (at) {
            case BEFORE_NAME -> space ? at : token(c, At.NAME);
            case NAME -> space ? At.AFTER_NAME : c == '=' || c == ';' ? separator(c) : token(c, At.NAME);
            case AFTER_NAME -> space ? at : separator(c);
            case BEFORE_VALUE -> space ? at : c == '"' ? At.QUOTED : token(c, At.VALUE);
            case VALUE -> c == ';' ? At.BEFORE_NAME : token(c, At.VALUE);
            case QUOTED -> c == '"' ? At.AFTER_QUOTED : c == '\\' ? At.ESCAPED : text(c);
            case ESCAPED -> text(c);
            case AFTER_QUOTED -> space ? at : c == ';' ? At.BEFORE_NAME : null;
        };
    }

    private static @Nullable At separator(byte c) {
        return c == '=' ? At.BEFORE_VALUE : c == ';' ? At.BEFORE_NAME : null;
    }

    private static @Nullable At token(byte c, At next) {
        return MessageHead.isToken(c) ? next : null;
    }

    private static @Nullable At text(byte c) {
        return c == '\t' || (c >= ' ' && c != 0x7f) ? At.QUOTED : null;
    }
}
