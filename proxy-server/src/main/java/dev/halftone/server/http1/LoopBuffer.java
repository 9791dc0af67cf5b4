package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A direct buffer that one event loop uses again and again, in place of one from an allocator for each use: what is read or
 * written is mostly done with before the next use. It lives as long as its loop, and is never freed. Event loop only.
 */
public final class LoopBuffer {
    /** After so many uses missed in a row, whoever holds the buffer keeps it and the loop gets another. */
    private static final int MAX_MISSES = 128;

    private final int capacity;
    private @Nullable ByteBuf buffer;
    private int misses;

    /** Counts its holders without locking the memory bus: all of them are of one loop. */
    private static final class OneThreadBuffer extends UnpooledUnsafeDirectByteBuf {
        private int holders = 1;

        OneThreadBuffer(int capacity) {
            super(UnpooledByteBufAllocator.DEFAULT, capacity, capacity);
        }

        @Override
        public int refCnt() {
            return holders;
        }

        @Override
        public ByteBuf retain() {
            return retain(1);
        }

        @Override
        public ByteBuf retain(int more) {
            ensureHeld();
            holders += more;
            return this;
        }

        private void ensureHeld() {
            if (holders <= 0) {
                throw new IllegalStateException("its last holder has released it");
            }
        }

        @Override
        public boolean release() {
            return release(1);
        }

        @Override
        public boolean release(int fewer) {
            ensureHeld();
            holders -= fewer;
            return holders == 0 && super.release();
        }
    }

    /** @param capacity in bytes */
    public LoopBuffer(int capacity) {
        this.capacity = capacity;
    }

    /** In bytes. */
    public int capacity() {
        return capacity;
    }

    /** The buffer, empty, to be released by the caller; null while somebody still holds it. */
    public @Nullable ByteBuf take() {
        ByteBuf present = buffer;
        if (present == null) {
            present = create(capacity);
            buffer = present;
        } else if (present.refCnt() != 1) {
            giveUp(present);
            return null;
        }
        misses = 0;
        return present.clear().retain();
    }

    private static ByteBuf create(int capacity) {
        ByteBuf plain = Unpooled.directBuffer(capacity, capacity);
        if (!(plain instanceof UnpooledUnsafeDirectByteBuf)) {
            // Where Netty has no access to addresses.
            return plain;
        }
        plain.release();
        return new OneThreadBuffer(capacity);
    }

    private void giveUp(ByteBuf held) {
        misses++;
        if (misses == MAX_MISSES) {
            misses = 0;
            buffer = null;
            held.release();
        }
    }
}
