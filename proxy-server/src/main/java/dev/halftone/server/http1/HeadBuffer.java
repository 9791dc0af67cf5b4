package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a head is put together before it is sent; an event loop has one for all its heads. Event loop only. */
public final class HeadBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COLON = {':', ' '};
    private static final byte[] END = {'\r', '\n'};

    private final @Nullable LoopBuffer sent;
    private byte[] bytes;
    private int length;

    /** For a single use: what is sent comes from the allocator. */
    public HeadBuffer() {
        sent = null;
        bytes = new byte[256];
    }

    /** @param sent where what is sent lies, as long as it is free */
    public HeadBuffer(LoopBuffer sent) {
        this.sent = sent;
        bytes = new byte[4096];
    }

    public HeadBuffer clear() {
        length = 0;
        return this;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }

    public HeadBuffer put(byte[] text) {
        return put(text, 0, text.length);
    }

    public HeadBuffer put(byte[] text, int from, int to) {
        ensure(to - from);
        System.arraycopy(text, from, bytes, length, to - from);
        length += to - from;
        return this;
    }

    /** A byte string: of each char the low eight bits. */
    public HeadBuffer put(CharSequence text) {
        int size = text.length();
        ensure(size);
        for (int i = 0; i < size; i++) {
            bytes[length + i] = (byte) text.charAt(i);
        }
        length += size;
        return this;
    }

    /** A whole field line. */
    public HeadBuffer field(String name, CharSequence value) {
        return put(name).put(COLON).put(value).put(END);
    }

    public HeadBuffer hex(long bits) {
        ensure(16);
        for (int i = 0; i < 16; i++) {
            bytes[length++] = HEX[(int) (bits >>> (60 - 4 * i)) & 15];
        }
        return this;
    }

    /** Takes so many bytes back. */
    HeadBuffer shorten(int by) {
        length -= by;
        return this;
    }

    /** The empty line, or the end of one. */
    public HeadBuffer end() {
        return put(END);
    }

    /** A buffer of its own with all of it, for what is not sent at once; the caller releases it. */
    public ByteBuf copy(ByteBufAllocator allocator) {
        return allocator.directBuffer(length).writeBytes(bytes, 0, length);
    }

    /**
     * A buffer with all of it; the caller releases it.
     *
     * @param spare room for so many bytes more, at least
     */
    public ByteBuf toBuffer(ByteBufAllocator allocator, int spare) {
        ByteBuf free = sent != null && length + spare <= sent.capacity() ? sent.take() : null;
        return (free != null ? free : allocator.directBuffer(length + spare)).writeBytes(bytes, 0, length);
    }
}
