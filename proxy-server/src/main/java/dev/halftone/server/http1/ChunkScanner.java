package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes over a chunked body as it arrives (RFC 9112, 7.1) and hands on the parts that may pass: chunks as they are, their
 * extensions left out, or only what is in them. Trailers are kept apart. Every byte of the framing is checked. Event loop
 * only.
 */
public final class ChunkScanner {
    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_EXTENSION_BYTES = 1024;
    private static final int MAX_TRAILER_BYTES = 8192;

    private enum At {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        END,
        FAULT
    }

    private At at = At.SIZE;
    private boolean keepsFraming = true;
    private int digits;
    private long remaining;
    private final ChunkExtension extension = new ChunkExtension();
    private int extensionBytes;
    private byte[] trailers = new byte[0];
    private int trailerBytes;
    private int lineFrom;
    private @Nullable TrailerFields fields;
    private long data;
    private String detail = "";

    /** @param framing whether sizes and line ends are handed on, or only the data */
    public void reset(boolean framing) {
        at = At.SIZE;
        keepsFraming = framing;
        digits = 0;
        remaining = 0;
        extensionBytes = 0;
        trailerBytes = 0;
        lineFrom = 0;
        fields = null;
        data = 0;
        detail = "";
    }

    /** Whether the last chunk and its trailers have been read. */
    public boolean isEnded() {
        return at == At.END;
    }

    public boolean isFaulty() {
        return at == At.FAULT;
    }

    public String detail() {
        return detail;
    }

    /** Bytes of data seen so far. */
    public long dataBytes() {
        return data;
    }

    /**
     * Reads on, up to the body's end at most, and returns the next part that passes, which may be empty; the caller releases
     * it. With {@link #isEnded()} the body is complete except for trailers and the empty line: {@link #trailers()} and the
     * line's end are the caller's to send. Call again while bytes are left and it has not ended.
     */
    public ByteBuf scan(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int i = start;
        int from = start;
        int to = -1;
        while (i < end && to < 0 && at != At.END && at != At.FAULT) {
            switch (at) {
                case SIZE -> {
                    int c = in.getByte(i);
                    int digit = hex(c);
                    if (digit >= 0 && digits < MAX_SIZE_DIGITS) {
                        remaining = remaining << 4 | digit;
                        digits++;
                        i++;
                    } else if (digits > 0 && c == '\r') {
                        at = At.SIZE_LF;
                        i++;
                    } else if (digits > 0 && c == ';') {
                        // What has been read of this chunk's head passes, the extension does not.
                        at = At.EXTENSION;
                        extension.begin();
                        to = i;
                        i++;
                    } else {
                        fail("chunk size");
                    }
                }
                case EXTENSION -> {
                    byte c = in.getByte(i);
                    if (c == '\r' && extension.mayEnd()) {
                        at = At.SIZE_LF;
                        from = i;
                    } else if (!extension.accepts(c) || ++extensionBytes > MAX_EXTENSION_BYTES) {
                        fail("chunk extension");
                    } else {
                        from = i + 1;
                    }
                    i++;
                }
                case SIZE_LF -> {
                    if (in.getByte(i) != '\n') {
                        fail("bare CR in a chunk's size");
                        break;
                    }
                    i++;
                    digits = 0;
                    extensionBytes = 0;
                    at = remaining == 0 ? At.TRAILERS : At.DATA;
                    if (remaining == 0) {
                        to = i;
                    } else if (!keepsFraming) {
                        from = i;
                    }
                }
                case DATA -> {
                    int take = (int) Math.min(remaining, end - i);
                    i += take;
                    data += take;
                    remaining -= take;
                    if (remaining == 0) {
                        at = At.DATA_CR;
                        to = keepsFraming ? -1 : i;
                    }
                }
                case DATA_CR -> {
                    if (in.getByte(i) != '\r') {
                        fail("chunk longer than its size");
                        break;
                    }
                    at = At.DATA_LF;
                    i++;
                }
                case DATA_LF -> {
                    if (in.getByte(i) != '\n') {
                        fail("bare CR after a chunk");
                        break;
                    }
                    at = At.SIZE;
                    i++;
                }
                case TRAILERS -> {
                    from = end;
                    trailer(in.getByte(i));
                    i++;
                }
                default -> throw new IllegalStateException(at.toString());
            }
        }
        boolean inData = at == At.DATA || (at == At.DATA_CR && to >= 0);
        int until = to >= 0 ? to : i;
        in.readerIndex(i);
        if (at == At.FAULT || until <= from || (!keepsFraming && !inData)) {
            return Unpooled.EMPTY_BUFFER;
        }
        return in.retainedSlice(from, until - from);
    }

    private void trailer(byte c) {
        if (trailerBytes == MAX_TRAILER_BYTES) {
            fail("trailers too large");
            return;
        }
        if (trailerBytes == trailers.length) {
            trailers = Arrays.copyOf(trailers, Math.max(128, trailerBytes * 2));
        }
        trailers[trailerBytes++] = c;
        int cr = trailerBytes - 2;
        if (c == '\n') {
            if (cr < lineFrom || trailers[cr] != '\r') {
                fail("bare LF in trailers");
            } else if (cr == lineFrom) {
                endTrailers();
            } else {
                lineFrom = trailerBytes;
            }
        } else if (cr >= lineFrom && trailers[cr] == '\r') {
            fail("bare CR in trailers");
        }
    }

    private void fail(String about) {
        at = At.FAULT;
        detail = about;
    }

    private static int hex(int c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    private void endTrailers() {
        at = At.END;
        if (trailerBytes > 2) {
            TrailerFields read = new TrailerFields();
            read.read(Unpooled.wrappedBuffer(trailers, 0, trailerBytes));
            if (read.isFaulty()) {
                fail("trailers: " + read.detail());
            } else {
                fields = read;
            }
        }
    }

    /** The trailer lines that may be passed on and the empty line, or null if there is none. */
    public @Nullable ByteBuf trailers() {
        TrailerFields read = fields;
        if (read == null) {
            return null;
        }
        HeadBuffer out = new HeadBuffer();
        for (int i = 0; i < read.fieldCount(); i++) {
            // A field that frames, routes or authorises must not come late (RFC 9110, 6.5.1).
            if (read.kind(i) == FieldKind.OTHER) {
                read.copyLines(i, i + 1, out);
            }
        }
        return out.end().toBuffer(ByteBufAllocator.DEFAULT, 0);
    }
}
