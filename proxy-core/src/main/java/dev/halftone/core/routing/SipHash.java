package dev.halftone.core.routing;

/**
 * SipHash-2-4 with a 64-bit result (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). Immutable, any thread,
 * allocates nothing.
 */
public final class SipHash {
    private final long k0;
    private final long k1;

    /** @param key 16 bytes or more, of which the first 16 count, little-endian */
    public SipHash(byte[] key) {
        k0 = littleEndian(key, 0);
        k1 = littleEndian(key, 8);
    }

    private static long littleEndian(byte[] bytes, int from) {
        long word = 0;
        for (int i = 7; i >= 0; i--) {
            word = word << 8 | (bytes[from + i] & 0xff);
        }
        return word;
    }

    /** @param message a byte string: of each char only the low eight bits count */
    public long hash(CharSequence message) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int length = message.length();
        int blocks = length >>> 3;
        // Block number `blocks` is the last one: the bytes that are left, and the length in its highest byte.
        for (int block = 0; block <= blocks + 2; block++) {
            long word = 0;
            if (block <= blocks) {
                word = word(message, block << 3, length);
                word |= block == blocks ? (long) length << 56 : 0;
            } else if (block == blocks + 1) {
                v2 ^= 0xff;
            }
            v3 ^= word;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= word;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long word(CharSequence message, int from, int length) {
        long word = 0;
        int end = Math.min(from + 8, length);
        for (int i = end - 1; i >= from; i--) {
            word = word << 8 | (message.charAt(i) & 0xff);
        }
        return word;
    }
}
