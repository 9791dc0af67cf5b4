package dev.halftone.server.cohort;

import dev.halftone.core.routing.UserKeySource.Assignment;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Gives users identifiers of 128 random bits, signed so that nobody can choose one: the cookie's value is {@code identifier.mac},
 * with mac the first 128 bits of HMAC-SHA-256 over the cookie's name and the identifier, both in base64url. Any thread.
 */
public final class AssignmentCookie implements Assignment {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int RANDOM_BYTES = 16;
    private static final int TEXT_CHARS = 22;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final String name;
    private final String attributes;
    private final byte[] context;
    private final SecureRandom random;
    private final ThreadLocal<Mac> macs;

    /**
     * @param secret 16 bytes or more
     * @param maxAgeSeconds how long browsers keep it
     */
    public AssignmentCookie(String name, byte[] secret, long maxAgeSeconds, SecureRandom random) {
        this.name = name;
        this.random = random;
        attributes = "; Path=/; Max-Age=" + maxAgeSeconds + "; HttpOnly; SameSite=Lax";
        context = ("halftone assigned user\n" + name + "\n").getBytes(StandardCharsets.UTF_8);
        SecretKeySpec key = new SecretKeySpec(secret, ALGORITHM);
        macs = ThreadLocal.withInitial(() -> mac(key));
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    @Override
    public String cookie() {
        return name;
    }

    @Override
    public @Nullable CharSequence identifier(CharSequence value) {
        if (value.length() != 2 * TEXT_CHARS + 1 || value.charAt(TEXT_CHARS) != '.') {
            return null;
        }
        String text = value.toString();
        String identifier = text.substring(0, TEXT_CHARS);
        String right = signature(identifier);
        // Every character is looked at, so that the time tells nothing.
        int difference = 0;
        for (int i = 0; i < TEXT_CHARS; i++) {
            difference |= right.charAt(i) ^ text.charAt(TEXT_CHARS + 1 + i);
        }
        return difference == 0 ? identifier : null;
    }

    @Override
    public String issue() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String identifier = BASE64.encodeToString(bytes);
        return identifier + "." + signature(identifier);
    }

    private String signature(String identifier) {
        Mac mac = macs.get();
        mac.update(context);
        byte[] whole = mac.doFinal(identifier.getBytes(StandardCharsets.ISO_8859_1));
        return BASE64.encodeToString(Arrays.copyOf(whole, RANDOM_BYTES));
    }

    @Override
    public String setCookie(String value) {
        return name + "=" + value + attributes;
    }

    /** Never the secret. */
    @Override
    public String toString() {
        return "assigned cookie " + name;
    }
}
