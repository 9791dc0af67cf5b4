package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.server.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A request as a pool and a connection to an upstream know it: what goes out, and who takes the answer. A client's is an
 * {@link Exchange}, a copy is a {@link MirrorCopy}. Event loop only.
 */
abstract class UpstreamRequest {
    /** Changes whenever a connection that was asked for before is no longer wanted. */
    abstract int number();

    abstract boolean isFinished();

    /** By which route it goes, and to which version. */
    abstract Choice choice();

    /** A connection is this request's. */
    abstract void connected(BackendHandler handler);

    /** No connection to the endpoint could be opened. */
    abstract void connectFailed(UpstreamPool.Target target, ProxyError error);

    abstract void fail(ProxyError error);

    /** The head as the upstream sees it; the caller releases it. */
    abstract ByteBuf writeHead(ByteBufAllocator allocator);

    /** Whether the answer has no body whatever its head says. */
    abstract boolean isHead();

    /** Whether the upstream may switch to a WebSocket. */
    abstract boolean isWebSocketUpgrade();

    /** Whether chunks of the answer are taken as they are; else only what is in them. */
    abstract boolean takesChunks();

    /** An answer before the answer. */
    abstract void interimResponse(ResponseHead response);

    abstract void responseHead(ResponseHead response);

    /**
     * The next part of the answer's body; ownership passes.
     *
     * @param data how many of these bytes are the body's own
     */
    abstract void responseContent(ByteBuf content, long data);

    /** @param trailers the answer's trailers with the empty line, or null; ownership passes */
    abstract void responseEnded(@Nullable ByteBuf trailers);

    /** The upstream agreed to a WebSocket. */
    abstract void switched(ResponseHead response);

    /** The connection ended before the answer did. */
    abstract void upstreamGone(ProxyError error, boolean reused);

    abstract void upstreamWritable(boolean writable);

    /** What came of the answer so far is not followed by more at once. */
    abstract void flushResponse();
}
