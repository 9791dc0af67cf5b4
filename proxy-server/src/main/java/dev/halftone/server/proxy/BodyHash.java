package dev.halftone.server.proxy;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** A sum over the first bytes of a body, to tell whether two are alike; no safeguard against intent. Event loop only. */
final class BodyHash {
    private final CRC32C sum = new CRC32C();
    private final Body chunks = new Body();
    private final int most;
    private boolean framed;
    private int bytes;

    /** @param most so many bytes are looked at */
    BodyHash(int most) {
        this.most = most;
    }

    /** @param chunked whether the parts to come are chunks with their sizes, which do not count */
    void reset(boolean chunked) {
        framed = chunked;
        bytes = 0;
        sum.reset();
        if (chunked) {
            chunks.chunked(false);
        }
    }

    /** The next part of the body, which is only looked at. */
    void add(ByteBuf part) {
        if (!framed) {
            addData(part);
            return;
        }
        ByteBuf in = part.duplicate();
        while (in.isReadable() && bytes < most && chunks.fault() == null && !chunks.isEnded()) {
            ByteBuf data = chunks.next(in);
            addData(data);
            data.release();
        }
    }

    private void addData(ByteBuf data) {
        int length = Math.min(data.readableBytes(), most - bytes);
        if (length <= 0) {
            return;
        }
        bytes += length;
        for (ByteBuffer each : data.nioBuffers(data.readerIndex(), length)) {
            sum.update(each);
        }
    }

    long value() {
        return sum.getValue();
    }
}
