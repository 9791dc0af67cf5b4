package dev.halftone.server.http1;

import java.nio.charset.StandardCharsets;

/**
 * A part of a head as a byte string, one char for each byte. It points into the head and is moved from use to use, so that
 * reading allocates nothing: keep {@link #toString()}, not this. Event loop only.
 */
final class ByteText implements CharSequence {
    private byte[] bytes = new byte[0];
    private int from;
    private int to;

    ByteText set(byte[] source, int begin, int end) {
        bytes = source;
        from = begin;
        to = end;
        return this;
    }

    /** Narrows this to a part of itself. */
    ByteText narrow(int begin, int end) {
        to = from + end;
        from += begin;
        return this;
    }

    @Override
    public int length() {
        return to - from;
    }

    @Override
    public char charAt(int index) {
        return (char) (bytes[from + index] & 0xff);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new String(bytes, from + start, end - start, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
