package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ways to cut the same bytes as a network may; they follow from the bytes, so that a finding can be repeated. */
public final class Cuts {
    private Cuts() {}

    public static List<ByteBuf> none(byte[] input) {
        return cut(input, input.length, input.length);
    }

    /** At random places. */
    public static List<ByteBuf> some(byte[] input) {
        return cut(input, 1, 24);
    }

    public static List<ByteBuf> everywhere(byte[] input) {
        return cut(input, 1, 1);
    }

    private static List<ByteBuf> cut(byte[] input, int shortest, int longest) {
        Random random = new Random(Arrays.hashCode(input));
        List<ByteBuf> parts = new ArrayList<>();
        for (int at = 0; at < input.length; ) {
            int to = Math.min(input.length, at + shortest + random.nextInt(longest - shortest + 1));
            parts.add(Unpooled.wrappedBuffer(input, at, to - at));
            at = to;
        }
        return parts;
    }
}
