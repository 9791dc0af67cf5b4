package dev.halftone.server.http1;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The header fields that a proxy must know, as small numbers: found by length and two letters, then compared, so that an
 * unknown name costs one look into a table. Any thread.
 */
public final class FieldKind {
    public static final int OTHER = 0;
    public static final int HOST = 1;
    public static final int CONNECTION = 2;
    /**
     * Ends here whatever it says: Keep-Alive, Proxy-*, Trailer, HTTP2-Settings; and the keys of a WebSocket draft before
     * RFC 6455, which make some servers wait for a body of eight bytes that no other field tells of.
     */
    public static final int HOP_BY_HOP = 3;

    public static final int TE = 4;
    public static final int TRANSFER_ENCODING = 5;
    public static final int UPGRADE = 6;
    public static final int CONTENT_LENGTH = 7;
    public static final int EXPECT = 8;
    public static final int COOKIE = 9;
    public static final int X_REQUEST_ID = 10;
    public static final int TRACEPARENT = 11;
    public static final int X_FORWARDED_FOR = 12;
    public static final int X_FORWARDED_PROTO = 13;
    public static final int X_FORWARDED_HOST = 14;
    /** Forwarded, X-Real-IP and every other X-Forwarded-*: a client's own are not believed. */
    public static final int FORWARDED = 15;

    public static final int X_HALFTONE = 16;
    public static final int AUTHORIZATION = 17;
    public static final int ACCEPT = 18;
    /** A name that a server which folds {@code _} and {@code .} into {@code -} takes for a protected one. */
    public static final int LOOKALIKE = 19;

    /** Means nothing without the traceparent that it came with. */
    public static final int TRACESTATE = 20;

    private static final long PROTECTED = set(
            HOST,
            CONTENT_LENGTH,
            COOKIE,
            X_REQUEST_ID,
            TRACEPARENT,
            X_FORWARDED_FOR,
            X_FORWARDED_PROTO,
            X_FORWARDED_HOST,
            FORWARDED,
            X_HALFTONE,
            AUTHORIZATION);
    /** What imitates any other kind is dropped: to servers behind, framing is as good a prey as an identity. */
    private static final long HARMLESS = set(OTHER, ACCEPT);

    private static final int SLOTS = 256;
    private static final byte[][] NAMES = new byte[SLOTS][];
    private static final int[] KINDS = new int[SLOTS];
    private static final byte[] HALFTONE_PREFIX = ascii("x-halftone-");
    private static final byte[] FORWARDED_PREFIX = ascii("x-forwarded-");

    static {
        add("host", HOST);
        add("connection", CONNECTION);
        add("keep-alive", HOP_BY_HOP);
        add("proxy-connection", HOP_BY_HOP);
        add("proxy-authenticate", HOP_BY_HOP);
        add("proxy-authorization", HOP_BY_HOP);
        add("trailer", HOP_BY_HOP);
        add("http2-settings", HOP_BY_HOP);
        add("sec-websocket-key1", HOP_BY_HOP);
        add("sec-websocket-key2", HOP_BY_HOP);
        add("te", TE);
        add("transfer-encoding", TRANSFER_ENCODING);
        add("upgrade", UPGRADE);
        add("content-length", CONTENT_LENGTH);
        add("expect", EXPECT);
        add("cookie", COOKIE);
        add("x-request-id", X_REQUEST_ID);
        add("traceparent", TRACEPARENT);
        add("tracestate", TRACESTATE);
        add("x-forwarded-for", X_FORWARDED_FOR);
        add("x-forwarded-proto", X_FORWARDED_PROTO);
        add("x-forwarded-host", X_FORWARDED_HOST);
        add("forwarded", FORWARDED);
        add("x-real-ip", FORWARDED);
        add("authorization", AUTHORIZATION);
        add("accept", ACCEPT);
    }

    private FieldKind() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void add(String name, int kind) {
        byte[] bytes = ascii(name);
        int slot = slot(bytes, 0, bytes.length);
        while (NAMES[slot] != null) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        NAMES[slot] = bytes;
        KINDS[slot] = kind;
    }

    private static int slot(byte[] bytes, int from, int to) {
        int first = bytes[from] | 0x20;
        int last = bytes[to - 1] | 0x20;
        return ((to - from) * 7 + first * 31 + last * 13) & (SLOTS - 1);
    }

    /**
     * The kind of this name, compared without case.
     *
     * @param folds whether the name holds {@code _} or {@code .}
     */
    static int of(byte[] bytes, int from, int to, boolean folds) {
        if (folds) {
            return folded(bytes, from, to);
        }
        int slot = slot(bytes, from, to);
        while (NAMES[slot] != null) {
            if (NAMES[slot].length == to - from && startsWith(bytes, from, NAMES[slot])) {
                return KINDS[slot];
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
        if (to - from > HALFTONE_PREFIX.length && (bytes[from] | 0x20) == 'x') {
            if (startsWith(bytes, from, HALFTONE_PREFIX)) {
                return X_HALFTONE;
            }
            if (to - from > FORWARDED_PREFIX.length && startsWith(bytes, from, FORWARDED_PREFIX)) {
                return FORWARDED;
            }
        }
        return OTHER;
    }

    private static int folded(byte[] bytes, int from, int to) {
        byte[] plain = new byte[to - from];
        for (int i = from; i < to; i++) {
            plain[i - from] = bytes[i] == '_' || bytes[i] == '.' ? (byte) '-' : bytes[i];
        }
        return isIn(of(plain, 0, plain.length, false), HARMLESS) ? OTHER : LOOKALIKE;
    }

    /** Whether a Connection field cannot remove it. */
    static boolean isProtected(int kind) {
        return isIn(kind, PROTECTED);
    }

    /** A set of kinds, to ask with {@link #isIn}. */
    public static long set(int... kinds) {
        long set = 0;
        for (int kind : kinds) {
            set |= 1L << kind;
        }
        return set;
    }

    public static boolean isIn(int kind, long set) {
        return (set >>> kind & 1) != 0;
    }

    /** The kind of a name in any case. */
    static int of(String name) {
        byte[] bytes = ascii(name.toLowerCase(Locale.ROOT));
        return bytes.length == 0 ? OTHER : of(bytes, 0, bytes.length, name.indexOf('_') >= 0 || name.indexOf('.') >= 0);
    }

    private static boolean startsWith(byte[] bytes, int from, byte[] lowerCase) {
        for (int i = 0; i < lowerCase.length; i++) {
            int c = bytes[from + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }
}
