package dev.halftone.server.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What is sent on one connection. It goes past the pipeline, as neither end of an exchange has an outbound handler, and past
 * Netty's queue too if nothing waits there and a flush has one buffer to send, as nearly every flush has: the queue's entries,
 * promises and counters are memory of each connection that would only be looked at once. What the socket does not take at once
 * is queued. Event loop only.
 */
final class Sending {
    private final Channel channel;
    /** Of a transport whose sockets can be written to directly, else null. */
    private final @Nullable Socket socket;
    /** What the next flush sends first; in front of it nothing waits. */
    private @Nullable ByteBuf first;

    Sending(Channel channel) {
        this.channel = channel;
        this.socket = channel instanceof EpollSocketChannel epoll && epoll.fd() instanceof Socket found ? found : null;
    }

    Channel channel() {
        return channel;
    }

    /** Ownership passes. A failure comes as the channel's exception. */
    void write(ByteBuf bytes) {
        if (first == null && isPassable(bytes)) {
            first = bytes;
        } else {
            queueFirst();
            queue(bytes);
        }
    }

    private boolean isPassable(ByteBuf bytes) {
        if (socket == null || !bytes.hasMemoryAddress()) {
            return false;
        }
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        // Netty counts its own overhead for each buffer that waits, so that even empty ones show.
        return waiting != null && waiting.totalPendingWriteBytes() == 0;
    }

    private void queue(ByteBuf bytes) {
        channel.unsafe().write(bytes, channel.voidPromise());
    }

    private void queueFirst() {
        ByteBuf bytes = first;
        if (bytes != null) {
            first = null;
            queue(bytes);
        }
    }

    void flush() {
        ByteBuf bytes = first;
        if (bytes != null) {
            first = null;
            if (isPassed(bytes)) {
                return;
            }
            queue(bytes);
        }
        channel.unsafe().flush();
    }

    /** Whether the socket took all of it, and it is released; else what is left of it still has to be sent. */
    private boolean isPassed(ByteBuf bytes) {
        Socket to = socket;
        // The number of a closed socket may be another's by now.
        if (to == null || !channel.isActive()) {
            return false;
        }
        try {
            int sent = to.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
            if (sent < bytes.readableBytes()) {
                bytes.skipBytes(sent);
                return false;
            }
        } catch (IOException broken) {
            // The queue meets the same error, tells it and closes.
            return false;
        }
        bytes.release();
        return true;
    }

    /** Sends all that waits; the future tells when it has gone. */
    ChannelFuture finish() {
        queueFirst();
        return channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    }

    /** The connection is closed: what still waits for a flush goes nowhere. */
    void closed() {
        ByteBuf bytes = first;
        first = null;
        if (bytes != null) {
            bytes.release();
        }
    }
}
