package dev.halftone.server.notify;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who wants to be told.
 *
 * @param webhook absolute, http or https; it may hold a secret in path or query, so it is never printed whole
 * @param on what is told
 * @param secret null: not signed
 * @param linkBase address of the dashboard as people reach it, or null: messages have no link
 * @param timeout for one try, from connecting to the answer's end
 */
public record Receiver(
        URI webhook,
        Set<Kind> on,
        Format format,
        @Nullable SigningKey secret,
        @Nullable URI linkBase,
        Duration timeout) {

    public Receiver {
        on = Set.copyOf(on);
    }

    /** Tells receivers apart across restarts and reloads without giving the address away. */
    public String id() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((format.label() + " " + webhook).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, 22);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** For logs: scheme and host. */
    public String shown() {
        return format.label() + " " + origin(webhook);
    }

    static String origin(URI address) {
        return address.getScheme() + "://" + address.getRawAuthority();
    }

    @Override
    public String toString() {
        return "Receiver[" + shown() + ", on " + on + "]";
    }
}
