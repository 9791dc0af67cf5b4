package dev.halftone.server.proxy;

import io.netty.util.AsciiString;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which header fields end here, which are ours alone, and what a Connection field may name (RFC 9110, 7.6.1). */
final class ForwardedFields {
    static final AsciiString X_FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    static final AsciiString X_FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    static final AsciiString X_REQUEST_ID = AsciiString.cached("X-Request-Id");
    static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    static final AsciiString X_HALFTONE_VERSION = AsciiString.cached("X-Halftone-Version");
    static final AsciiString X_HALFTONE_ROUTE = AsciiString.cached("X-Halftone-Route");

    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");
    private static final Set<String> PROTECTED = Set.of(
            "host",
            "content-length",
            "forwarded",
            "x-real-ip",
            "x-request-id",
            "traceparent",
            "cookie",
            "authorization");

    private ForwardedFields() {}

    static boolean isHopByHop(String lowerCaseName) {
        return HOP_BY_HOP.contains(lowerCaseName);
    }

    /** Fields that only we write towards the upstream. */
    static boolean isOurs(String lowerCaseName) {
        return lowerCaseName.startsWith("x-forwarded-")
                || lowerCaseName.startsWith("x-halftone-")
                || lowerCaseName.equals("forwarded")
                || lowerCaseName.equals("x-real-ip");
    }

    /** Fields that a Connection token cannot remove. */
    static boolean isProtected(String lowerCaseName) {
        return PROTECTED.contains(lowerCaseName) || isOurs(lowerCaseName);
    }

    /** Whether a server that folds {@code _} and {@code .} into {@code -} would take this name for a protected one. */
    static boolean collapsesToProtected(String lowerCaseName) {
        if (lowerCaseName.indexOf('_') < 0 && lowerCaseName.indexOf('.') < 0) {
            return false;
        }
        return isProtected(lowerCaseName.replace('_', '-').replace('.', '-'));
    }

    /** The names that Connection fields ask to remove, lower case, without those that are protected. */
    static Set<String> namedByConnection(List<String> connectionValues) {
        if (connectionValues.isEmpty()) {
            return Set.of();
        }
        Set<String> named = new HashSet<>();
        for (String value : connectionValues) {
            for (String token : value.split(",", -1)) {
                String name = token.trim().toLowerCase(Locale.ROOT);
                if (!isProtected(name)) {
                    named.add(name);
                }
            }
        }
        return named;
    }

    static String lowerCase(CharSequence name) {
        return name.toString().toLowerCase(Locale.ROOT);
    }

    /** Whether a text may stand in a field value that we pass on as an identifier. */
    static boolean isIdentifier(CharSequence text) {
        if (text.length() == 0 || text.length() > 128) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == ',') {
                return false;
            }
        }
        return true;
    }
}
