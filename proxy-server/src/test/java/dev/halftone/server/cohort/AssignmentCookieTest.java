package dev.halftone.server.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssignmentCookieTest {
    private static AssignmentCookie cookie(String name, String secret) {
        return new AssignmentCookie(name, secret.getBytes(StandardCharsets.UTF_8), 3600, new SecureRandom());
    }

    @Test
    void identifier_ofIssued_isTheSameOnEveryReplica() {
        AssignmentCookie here = cookie("id", "a secret of 16 b");
        AssignmentCookie there = cookie("id", "a secret of 16 b");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String value = here.issue();
            assertThat(value).matches("[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{22}");
            assertThat(there.identifier(value)).hasToString(value.substring(0, 22));
            assertThat(seen.add(value)).isTrue();
        }
    }

    @Test
    void identifier_otherSecretOrOtherCookie_isNone() {
        String value = cookie("id", "a secret of 16 b").issue();
        assertThat(cookie("id", "another secret 16").identifier(value)).isNull();
        assertThat(cookie("di", "a secret of 16 b").identifier(value)).isNull();
    }

    @Test
    void identifier_anyByteChanged_isNone() {
        Random random = new Random(31);
        AssignmentCookie cookie = cookie("id", "a secret of 16 b");
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=\u00e9";
        for (int i = 0; i < 5000; i++) {
            String value = cookie.issue();
            int at = i % value.length();
            char other = alphabet.charAt(random.nextInt(alphabet.length()));
            String forged = value.substring(0, at) + other + value.substring(at + 1);
            assertThat(cookie.identifier(forged) != null).as(forged).isEqualTo(forged.equals(value));
        }
        for (String forged : new String[] {"", ".", "x".repeat(45), "x".repeat(22) + "." + "y".repeat(22), "a.b"}) {
            assertThat(cookie.identifier(forged)).isNull();
        }
        String value = cookie.issue();
        assertThat(cookie.identifier(value + "A")).isNull();
        assertThat(cookie.identifier(value.substring(0, 44))).isNull();
    }

    @Test
    void setCookie_hasTheAttributes() {
        AssignmentCookie cookie = cookie("id", "a secret of 16 b");
        assertThat(cookie.setCookie("v")).isEqualTo("id=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
        assertThat(cookie).hasToString("assigned cookie id");
    }
}
