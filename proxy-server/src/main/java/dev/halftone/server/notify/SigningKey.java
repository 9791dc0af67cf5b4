package dev.halftone.server.notify;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret that messages are signed with, each format in its own way. Never printed. */
public final class SigningKey {
    private static final String BASE64_PREFIX = "whsec_";

    private final byte[] secret;

    /** @throws IllegalArgumentException if it begins with {@code whsec_} and no Base64 follows */
    public SigningKey(byte[] secret) {
        this.secret = secret.clone();
        webhookKey();
    }

    /**
     * The generic signature, as the Standard Webhooks specification 1.0 has it.
     *
     * @return {@code v1,} and the Base64 of HMAC-SHA256 over {@code id.seconds.body}
     */
    String webhook(String id, long epochSeconds, String body) {
        byte[] signed = (id + "." + epochSeconds + "." + body).getBytes(StandardCharsets.UTF_8);
        return "v1," + hmac(webhookKey(), signed);
    }

    /** A secret that begins with whsec_ holds its bytes as Base64, as the specification's libraries write it. */
    private byte[] webhookKey() {
        String text = new String(secret, StandardCharsets.ISO_8859_1);
        return text.startsWith(BASE64_PREFIX)
                ? Base64.getDecoder().decode(text.substring(BASE64_PREFIX.length()))
                : secret;
    }

    /** Feishu's and Lark's scheme: the text to sign is the key, and nothing is signed with it. */
    String feishu(long epochSeconds) {
        return hmac(stamped(epochSeconds), new byte[0]);
    }

    /** DingTalk's scheme; still to be encoded for a query. */
    String dingTalk(long epochMillis) {
        return hmac(secret, stamped(epochMillis));
    }

    private byte[] stamped(long time) {
        byte[] head = (time + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] text = Arrays.copyOf(head, head.length + secret.length);
        System.arraycopy(secret, 0, text, head.length, secret.length);
        return text;
    }

    private static String hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SigningKey key && Arrays.equals(secret, key.secret);
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
