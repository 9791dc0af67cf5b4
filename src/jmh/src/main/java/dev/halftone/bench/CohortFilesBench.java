package dev.halftone.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.halftone.core.routing.UserList;
import dev.halftone.server.cohort.AssignmentCookie;
import dev.halftone.server.cohort.JwtClaims;
import dev.halftone.server.cohort.UserListFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What the files of cohorts cost: a list of a million users read, tokens and cookies proven. */
@State(Scope.Thread)
public class CohortFilesBench {
    private static final int USERS = 1_000_000;

    private Path list = Path.of("");
    private @Nullable JwtClaims claims;
    private String token = "";
    private final AssignmentCookie cookie = new AssignmentCookie(
            "id", "a secret of 16 b".getBytes(java.nio.charset.StandardCharsets.UTF_8), 60, new SecureRandom());
    private final String assigned = cookie.issue();
    private int number;

    @Setup(Level.Trial)
    public void write() throws IOException, JOSEException {
        list = Files.createTempFile("users", ".txt");
        try (Writer out = Files.newBufferedWriter(list)) {
            for (int i = 0; i < USERS; i++) {
                out.write("user-" + (100_000_007L * (i + 1)) + "\n");
            }
        }
        RSAKey key = new RSAKeyGenerator(2048).keyID("k").generate();
        Path keys = Files.createTempFile("keys", ".json");
        Files.writeString(keys, new JWKSet(key.toPublicJWK()).toString());
        claims = JwtClaims.read(keys, new JwtClaims.Asked("sub", null, null), System::currentTimeMillis);
        Files.delete(keys);
        SignedJWT signed = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                new JWTClaimsSet.Builder()
                        .subject("user-42")
                        .issuer("https://id.example.com")
                        .build());
        signed.sign(new RSASSASigner(key));
        token = signed.serialize();
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        Files.delete(list);
    }

    @Benchmark
    public UserList readMillionUsers() {
        try {
            return UserListFile.read(list, "list");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CharSequence claim(String of) {
        JwtClaims present = claims;
        CharSequence found = present == null ? null : present.claim(of);
        return found == null ? "" : found;
    }

    @Benchmark
    public CharSequence tokenSeenBefore() {
        return claim(token);
    }

    /** Another signature each time: none is known, each is verified. */
    @Benchmark
    public CharSequence tokenVerified() {
        String digits = Integer.toString(number++, 36);
        int at = token.length() - 20;
        return claim(token.substring(0, at) + digits + token.substring(at + digits.length()));
    }

    @Benchmark
    public @Nullable CharSequence assignedCookie() {
        return cookie.identifier(assigned);
    }
}
