package dev.halftone.server.proxy;

import dev.halftone.server.http1.ChunkScanner;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Tells where the body of a message ends, as its bytes come in. One serves all messages of a connection. Event loop only. */
final class Body {
    private enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        /** Up to the connection's end. */
        CLOSE
    }

    private @Nullable ChunkScanner scanner;
    private Framing framing = Framing.NONE;
    private long remaining;
    private long passed;

    void none() {
        framing = Framing.NONE;
    }

    void ofLength(long bytes) {
        framing = bytes == 0 ? Framing.NONE : Framing.LENGTH;
        remaining = bytes;
    }

    void untilClose() {
        framing = Framing.CLOSE;
    }

    /** @param keepFraming whether chunk sizes pass, or only the data */
    void chunked(boolean keepFraming) {
        framing = Framing.CHUNKED;
        passed = 0;
        if (scanner == null) {
            scanner = new ChunkScanner();
        }
        scanner.reset(keepFraming);
    }

    boolean isUntilClose() {
        return framing == Framing.CLOSE;
    }

    boolean isEnded() {
        return switch (framing) {
            case NONE -> true;
            case LENGTH -> remaining == 0;
            case CHUNKED -> chunks().isEnded();
            case CLOSE -> false;
        };
    }

    private ChunkScanner chunks() {
        ChunkScanner present = scanner;
        if (present == null) {
            throw new IllegalStateException("not chunked");
        }
        return present;
    }

    /** What is wrong with the framing, or null. */
    @Nullable
    String fault() {
        return framing == Framing.CHUNKED && chunks().isFaulty() ? chunks().detail() : null;
    }

    /** The next part; the caller releases it. Ask {@link #fault}, {@link #isEnded} and for more while bytes are left. */
    ByteBuf next(ByteBuf in) {
        if (framing == Framing.CHUNKED) {
            return chunks().scan(in);
        }
        int readable = in.readableBytes();
        if (framing == Framing.LENGTH) {
            int take = (int) Math.min(readable, remaining);
            remaining -= take;
            if (take < readable) {
                return in.readRetainedSlice(take);
            }
        }
        ByteBuf all = in.retainedDuplicate();
        in.skipBytes(readable);
        return all;
    }

    /** Bytes of content in the part that was last returned. */
    long dataBytes(ByteBuf part) {
        if (framing != Framing.CHUNKED) {
            return part.readableBytes();
        }
        long before = passed;
        passed = chunks().dataBytes();
        return passed - before;
    }

    boolean isChunked() {
        return framing == Framing.CHUNKED;
    }

    @Nullable
    ByteBuf trailers() {
        return framing == Framing.CHUNKED ? chunks().trailers() : null;
    }
}
