package dev.halftone.core.routing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Users' positions as anyone can compute them who knows the salt; see docs/buckets.md. Any thread. */
public final class Buckets {
    private Buckets() {}

    /**
     * @param salt the configured secret, or null for {@code route/release}
     * @param userKey hashed as UTF-8
     * @return an unsigned 64-bit number, see {@link dev.halftone.core.Position}
     */
    public static long position(@Nullable Salt salt, String route, String release, String userKey) {
        return hash(salt, route, release).hash(byteString(userKey));
    }

    static SipHash hash(@Nullable Salt salt, String route, String release) {
        byte[] material = salt == null ? (route + "/" + release).getBytes(StandardCharsets.UTF_8) : salt.secret();
        try {
            return new SipHash(MessageDigest.getInstance("SHA-256").digest(material));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** A text's UTF-8 bytes, one char for each. */
    static String byteString(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
