package dev.halftone.core.routing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** A secret that keys the hash of users. Never printed. */
public final class Salt {
    private final byte[] secret;

    public Salt(byte[] secret) {
        this.secret = secret.clone();
    }

    byte[] secret() {
        return secret;
    }

    /**
     * Another secret of 32 bytes that follows from this one and does not tell it.
     *
     * @param purpose what it is for; each purpose has its own
     */
    public byte[] derived(String purpose) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((purpose + "\n").getBytes(StandardCharsets.UTF_8));
            return digest.digest(secret);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Salt salt && Arrays.equals(secret, salt.secret);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(secret);
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
