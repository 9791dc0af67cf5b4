package dev.halftone.core.routing;

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
