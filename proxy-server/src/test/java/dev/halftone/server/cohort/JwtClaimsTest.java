package dev.halftone.server.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JwtClaimsTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final RSAKey RSA = rsa("r1");
    private static final RSAKey OTHER_RSA = rsa("r1");
    private static final ECKey EC = ec();
    private static final OctetSequenceKey SECRET = secret();
    private static final JwtClaims.Asked SUB = new JwtClaims.Asked("sub", null, null);

    @TempDir
    Path folder;

    private long now = NOW;

    private static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID("e1").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OctetSequenceKey secret() {
        try {
            return new OctetSequenceKeyGenerator(256).keyID("s1").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private JwtClaims claims(JwtClaims.Asked asked) throws IOException {
        Path file = folder.resolve("keys.json");
        JWKSet keys = new JWKSet(List.of(RSA.toPublicJWK(), EC.toPublicJWK(), SECRET));
        Files.writeString(file, keys.toString(false));
        return JwtClaims.read(file, asked, () -> now);
    }

    private static JWTClaimsSet.Builder user(String id) {
        return new JWTClaimsSet.Builder().subject(id).expirationTime(Date.from(Instant.ofEpochMilli(NOW + 3_600_000)));
    }

    private static String signed(JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet claims)
            throws JOSEException {
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
        token.sign(signer);
        return token.serialize();
    }

    private static String rs256(JWTClaimsSet claims) throws JOSEException {
        return signed(JWSAlgorithm.RS256, "r1", new RSASSASigner(RSA), claims);
    }

    @Test
    void claim_signedByAKeyOfTheFile_isRead() throws Exception {
        JwtClaims claims = claims(SUB);
        JWTClaimsSet user = user("alice").build();
        assertThat(claims.claim(rs256(user))).hasToString("alice");
        assertThat(claims.claim(signed(JWSAlgorithm.PS384, "r1", new RSASSASigner(RSA), user)))
                .hasToString("alice");
        assertThat(claims.claim(signed(JWSAlgorithm.ES256, "e1", new ECDSASigner(EC), user)))
                .hasToString("alice");
        assertThat(claims.claim(signed(JWSAlgorithm.HS256, "s1", new MACSigner(SECRET), user)))
                .hasToString("alice");
        SignedJWT noKeyId = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), user);
        noKeyId.sign(new RSASSASigner(RSA));
        assertThat(claims.claim(noKeyId.serialize())).hasToString("alice");
        String bytes = new String("用户7".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(claims.claim(rs256(user("用户7").build()))).hasToString(bytes);
    }

    @Test
    void claim_notProven_isNone() throws Exception {
        JwtClaims claims = claims(SUB);
        JWTClaimsSet user = user("alice").build();
        String good = rs256(user);
        assertThat(claims.claim(signed(JWSAlgorithm.RS256, "r1", new RSASSASigner(OTHER_RSA), user)))
                .as("another key of the same name")
                .isNull();
        assertThat(claims.claim(signed(JWSAlgorithm.RS256, "r2", new RSASSASigner(RSA), user)))
                .as("an unknown key's name")
                .isNull();
        assertThat(claims.claim(new PlainJWT(user).serialize())).as("alg none").isNull();
        String payload = good.substring(good.indexOf('.') + 1, good.lastIndexOf('.'));
        assertThat(claims.claim("eyJhbGciOiJub25lIn0." + payload + "."))
                .as("alg none")
                .isNull();
        assertThat(claims.claim(good.substring(0, good.lastIndexOf('.') + 1)))
                .as("no signature")
                .isNull();
        assertThat(claims.claim("")).isNull();
        assertThat(claims.claim("x")).isNull();
        assertThat(claims.claim("a.b.c")).isNull();
        assertThat(claims.claim("x".repeat(20_000))).isNull();
        byte[] publicKey = RSA.toPublicJWK().toRSAPublicKey().getEncoded();
        for (String keyId : List.of("r1", "s1")) {
            assertThat(claims.claim(signed(JWSAlgorithm.HS256, keyId, new MACSigner(publicKey), user)))
                    .as("the public key taken for a secret")
                    .isNull();
        }
    }

    @Test
    void claim_anyCharacterChanged_isNone() throws Exception {
        JwtClaims claims = claims(SUB);
        String good = rs256(user("alice").build());
        Random random = new Random(7);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        // The last character of a part carries bits that no byte has: others may stand for the same bytes.
        for (int i = 0; i < 300; i++) {
            int at = random.nextInt(good.length() - 1);
            char other = alphabet.charAt(random.nextInt(64));
            boolean end = good.charAt(at) == '.' || good.charAt(at + 1) == '.';
            if (end || other == good.charAt(at)) {
                continue;
            }
            assertThat(claims.claim(good.substring(0, at) + other + good.substring(at + 1)))
                    .isNull();
        }
        assertThat(claims.claim(good)).hasToString("alice");
    }

    @Test
    void claim_times_areAskedEachTime() throws Exception {
        JwtClaims claims = claims(SUB);
        String token = rs256(user("alice")
                .notBeforeTime(Date.from(Instant.ofEpochMilli(NOW + 100_000)))
                .build());
        assertThat(claims.claim(token)).as("not yet").isNull();
        now = NOW + 75_000;
        assertThat(claims.claim(token)).as("within the leeway").hasToString("alice");
        now = NOW + 3_600_000 + 29_999;
        assertThat(claims.claim(token)).hasToString("alice");
        now = NOW + 3_600_000 + 30_000;
        assertThat(claims.claim(token)).as("expired").isNull();
        assertThat(claims(SUB).claim(token)).as("expired when first seen").isNull();
        assertThat(claims.claim(rs256(new JWTClaimsSet.Builder().subject("bob").build())))
                .as("never expires")
                .hasToString("bob");
    }

    @Test
    void claim_issuerAndAudience_mustBeThoseAsked() throws Exception {
        JwtClaims claims = claims(new JwtClaims.Asked("uid", "https://id.example", "shop"));
        JWTClaimsSet.Builder right = user("alice").issuer("https://id.example").audience(List.of("web", "shop"));
        assertThat(claims.claim(rs256(right.claim("uid", 42).build()))).hasToString("42");
        assertThat(claims.claim(rs256(right.claim("uid", 1.5).build()))).isNull();
        assertThat(claims.claim(rs256(right.claim("uid", List.of("a")).build())))
                .isNull();
        assertThat(claims.claim(rs256(right.claim("uid", null).build()))).isNull();
        assertThat(claims.claim(
                        rs256(right.claim("uid", "u").issuer("https://other").build())))
                .isNull();
        assertThat(claims.claim(
                        rs256(right.issuer("https://id.example").audience("web").build())))
                .isNull();
    }

    /** What a token came to is kept: asking again makes no garbage, as a verification would. */
    @Test
    void claim_askedAgain_isNotVerifiedAgain() throws Exception {
        JwtClaims claims = claims(SUB);
        String good = rs256(user("alice").build());
        String bad = signed(
                JWSAlgorithm.RS256,
                "r1",
                new RSASSASigner(OTHER_RSA),
                user("alice").build());
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (String token : List.of(good, bad)) {
            claims.claim(token);
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < 1000; i++) {
                claims.claim(token);
            }
            long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            assertThat(bytes).isLessThan(100_000);
        }
    }

    @Test
    void read_noKeys_saysWhat() throws IOException {
        Path file = folder.resolve("k.json");
        Files.writeString(file, "{\"keys\": [{\"kty\": \"RSA\", \"n\": \"topsecret\"}]}");
        assertThatThrownBy(() -> JwtClaims.read(file, SUB, () -> now))
                .isInstanceOf(IOException.class)
                .hasMessage("is no JWK Set");
        Files.writeString(file, "{\"keys\": []}");
        assertThatThrownBy(() -> JwtClaims.read(file, SUB, () -> now)).hasMessageStartingWith("holds no key");
    }
}
