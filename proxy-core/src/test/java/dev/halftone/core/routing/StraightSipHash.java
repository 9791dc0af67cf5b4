package dev.halftone.core.routing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** SipHash-2-4 written out step by step from the paper, to hold the product's own against. */
final class StraightSipHash {
    private long a;
    private long b;
    private long c;
    private long d;

    private StraightSipHash(long k0, long k1) {
        a = k0 ^ 0x736f6d6570736575L;
        b = k1 ^ 0x646f72616e646f6dL;
        c = k0 ^ 0x6c7967656e657261L;
        d = k1 ^ 0x7465646279746573L;
    }

    static long hash(byte[] key, byte[] message) {
        ByteBuffer keys = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        StraightSipHash state = new StraightSipHash(keys.getLong(), keys.getLong());
        byte[] padded = Arrays.copyOf(message, message.length / 8 * 8 + 8);
        padded[padded.length - 1] = (byte) message.length;
        ByteBuffer words = ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN);
        while (words.hasRemaining()) {
            long word = words.getLong();
            state.d ^= word;
            state.round();
            state.round();
            state.a ^= word;
        }
        state.c ^= 0xff;
        for (int i = 0; i < 4; i++) {
            state.round();
        }
        return state.a ^ state.b ^ state.c ^ state.d;
    }

    private void round() {
        a += b;
        b = Long.rotateLeft(b, 13);
        b ^= a;
        a = Long.rotateLeft(a, 32);
        c += d;
        d = Long.rotateLeft(d, 16);
        d ^= c;
        a += d;
        d = Long.rotateLeft(d, 21);
        d ^= a;
        c += b;
        b = Long.rotateLeft(b, 17);
        b ^= c;
        c = Long.rotateLeft(c, 32);
    }
}
