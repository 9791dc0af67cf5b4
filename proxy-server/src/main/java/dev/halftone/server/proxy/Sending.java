package dev.halftone.server.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * Writes past the pipeline: both ends of an exchange have no outbound handlers, so there is nothing on the way to the socket
 * that a write has to be shown to. Event loop only.
 */
final class Sending {
    private Sending() {}

    /** Ownership passes. A failure comes as the channel's exception. */
    static void write(Channel channel, ByteBuf bytes) {
        channel.unsafe().write(bytes, channel.voidPromise());
    }

    static void flush(Channel channel) {
        channel.unsafe().flush();
    }
}
