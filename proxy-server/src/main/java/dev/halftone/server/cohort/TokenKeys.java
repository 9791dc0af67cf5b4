package dev.halftone.server.cohort;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a JWK Set (RFC 7517) that tokens may be signed with: RSA, EC and secret ones. A token's algorithm must be one of
 * its key's kind, so that a public key is never taken for a secret. Immutable, any thread.
 */
final class TokenKeys {
    private static final long MOST_BYTES = 1 << 20;

    private final List<Key> keys;

    private record Key(JWK jwk, JWSVerifier verifier) {}

    private TokenKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /** @throws IOException in one line that shows nothing of the keys */
    static TokenKeys read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException("is larger than 1 MiB");
        }
        List<Key> keys = new ArrayList<>();
        try {
            for (JWK jwk : JWKSet.parse(Files.readString(file)).getKeys()) {
                JWSVerifier verifier = verifier(jwk);
                if (verifier != null) {
                    keys.add(new Key(jwk, verifier));
                }
            }
        } catch (ParseException | JOSEException e) {
            throw new IOException("is no JWK Set", e);
        }
        if (keys.isEmpty()) {
            throw new IOException("holds no key of kind RSA, EC or oct");
        }
        return new TokenKeys(keys);
    }

    private static @Nullable JWSVerifier verifier(JWK jwk) throws JOSEException {
        if (jwk instanceof RSAKey rsa) {
            return new RSASSAVerifier(rsa.toRSAPublicKey());
        } else if (jwk instanceof ECKey ec) {
            return new ECDSAVerifier(ec.toECPublicKey());
        }
        return jwk instanceof OctetSequenceKey secret ? new MACVerifier(secret) : null;
    }

    /** Whether one of the keys has signed it. */
    boolean haveSigned(SignedJWT token) {
        JWSHeader header = token.getHeader();
        JWKMatcher wanted = JWKMatcher.forJWSHeader(header);
        if (wanted == null) {
            return false;
        }
        for (Key key : keys) {
            boolean fits = wanted.matches(key.jwk)
                    && key.verifier.supportedJWSAlgorithms().contains(header.getAlgorithm());
            if (fits && isSignedBy(token, key)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSignedBy(SignedJWT token, Key key) {
        try {
            return token.verify(key.verifier);
        } catch (JOSEException e) {
            // What cannot be checked is not proven.
            return false;
        }
    }
}
