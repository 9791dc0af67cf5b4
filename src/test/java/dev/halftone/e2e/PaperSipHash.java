package dev.halftone.e2e;

import java.math.BigInteger;
import java.util.Arrays;

/** SipHash-2-4 with integers of any size, reduced by hand. */
final class PaperSipHash {
    private static final BigInteger MOD = BigInteger.ONE.shiftLeft(64);

    private PaperSipHash() {}

    private static BigInteger little(byte[] bytes, int from) {
        BigInteger word = BigInteger.ZERO;
        for (int i = 7; i >= 0; i--) {
            word = word.shiftLeft(8).or(BigInteger.valueOf(bytes[from + i] & 0xff));
        }
        return word;
    }

    private static BigInteger rotate(BigInteger word, int by) {
        return word.shiftLeft(by).or(word.shiftRight(64 - by)).mod(MOD);
    }

    private static void rounds(BigInteger[] v, int count) {
        for (int i = 0; i < count; i++) {
            v[0] = v[0].add(v[1]).mod(MOD);
            v[1] = rotate(v[1], 13).xor(v[0]);
            v[0] = rotate(v[0], 32);
            v[2] = v[2].add(v[3]).mod(MOD);
            v[3] = rotate(v[3], 16).xor(v[2]);
            v[0] = v[0].add(v[3]).mod(MOD);
            v[3] = rotate(v[3], 21).xor(v[0]);
            v[2] = v[2].add(v[1]).mod(MOD);
            v[1] = rotate(v[1], 17).xor(v[2]);
            v[2] = rotate(v[2], 32);
        }
    }

    static BigInteger hash(byte[] key, byte[] message) {
        BigInteger k0 = little(key, 0);
        BigInteger k1 = little(key, 8);
        BigInteger[] v = {
            k0.xor(new BigInteger("736f6d6570736575", 16)),
            k1.xor(new BigInteger("646f72616e646f6d", 16)),
            k0.xor(new BigInteger("6c7967656e657261", 16)),
            k1.xor(new BigInteger("7465646279746573", 16))
        };
        byte[] padded = Arrays.copyOf(message, message.length / 8 * 8 + 8);
        padded[padded.length - 1] = (byte) message.length;
        for (int i = 0; i < padded.length; i += 8) {
            BigInteger word = little(padded, i);
            v[3] = v[3].xor(word);
            rounds(v, 2);
            v[0] = v[0].xor(word);
        }
        v[2] = v[2].xor(BigInteger.valueOf(255));
        rounds(v, 4);
        return v[0].xor(v[1]).xor(v[2]).xor(v[3]);
    }
}
