package dev.halftone.server.cohort;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.halftone.core.routing.SipHash;
import dev.halftone.core.routing.UserKeySource.ClaimReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Date;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a claim of JSON Web Tokens (RFC 7519) that are signed by a key of the file. A signature is verified once, on the event
 * loop, which takes some tens of microseconds; what came of it is kept under a keyed 64-bit hash of the token, for as many tokens
 * as there are slots. The chance that a made-up token meets the hash in its slot is 1 in 2^64. Any thread.
 */
public final class JwtClaims implements ClaimReader {
    private static final int SLOTS = 1 << 13;
    private static final int LONGEST_TOKEN = 8192;
    /** Clocks of issuers may differ so much. */
    private static final long LEEWAY_MILLIS = 30_000;

    private final TokenKeys keys;
    private final Asked asked;
    private final LongSupplier clock;
    private final SipHash hash;
    private final AtomicReferenceArray<@Nullable Checked> known = new AtomicReferenceArray<>(SLOTS);

    /**
     * What is asked of a token.
     *
     * @param claim whose value is the user key
     * @param issuer the token's {@code iss}, or null for any
     * @param audience one of the token's {@code aud}, or null for any
     */
    public record Asked(
            String claim, @Nullable String issuer, @Nullable String audience) {}

    /** @param value null if the token is not valid; else it is from one moment to another, in milliseconds */
    private record Checked(long hash, @Nullable String value, long fromMillis, long untilMillis) {
        static Checked invalid(long hash) {
            return new Checked(hash, null, 0, 0);
        }
    }

    private JwtClaims(TokenKeys keys, Asked asked, LongSupplier clock) {
        this.keys = keys;
        this.asked = asked;
        this.clock = clock;
        byte[] secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        hash = new SipHash(secret);
    }

    /**
     * Reads the keys.
     *
     * @param clock the time in milliseconds since 1970
     * @throws IOException in one line that shows nothing of the keys
     */
    public static JwtClaims read(Path jwks, Asked asked, LongSupplier clock) throws IOException {
        return new JwtClaims(TokenKeys.read(jwks), asked, clock);
    }

    @Override
    public @Nullable CharSequence claim(CharSequence token) {
        if (token.length() == 0 || token.length() > LONGEST_TOKEN) {
            return null;
        }
        long hashed = hash.hash(token);
        int slot = (int) hashed & (SLOTS - 1);
        Checked checked = known.get(slot);
        if (checked == null || checked.hash != hashed) {
            checked = check(token.toString(), hashed);
            known.set(slot, checked);
        }
        long now = clock.getAsLong();
        return now >= checked.fromMillis && now < checked.untilMillis ? checked.value : null;
    }

    private Checked check(String token, long hashed) {
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            String value = value(claims);
            if (value != null && isMeant(claims) && keys.haveSigned(jwt)) {
                return new Checked(hashed, value, from(claims.getNotBeforeTime()), until(claims.getExpirationTime()));
            }
        } catch (ParseException e) {
            // Anything may stand in a client's header: what is no signed token is no user.
            return Checked.invalid(hashed);
        }
        return Checked.invalid(hashed);
    }

    private static long from(@Nullable Date notBefore) {
        return notBefore == null ? Long.MIN_VALUE : notBefore.toInstant().toEpochMilli() - LEEWAY_MILLIS;
    }

    private static long until(@Nullable Date expires) {
        return expires == null ? Long.MAX_VALUE : expires.toInstant().toEpochMilli() + LEEWAY_MILLIS;
    }

    private boolean isMeant(JWTClaimsSet claims) {
        boolean issuer = asked.issuer == null || asked.issuer.equals(claims.getIssuer());
        return issuer && (asked.audience == null || claims.getAudience().contains(asked.audience));
    }

    /** Texts and whole numbers name a user; nothing else does. */
    private @Nullable String value(JWTClaimsSet claims) {
        Object value = claims.getClaim(asked.claim);
        if (value instanceof String text) {
            return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        }
        return value instanceof Long || value instanceof Integer ? value.toString() : null;
    }
}
